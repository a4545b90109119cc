import { ACT_TARGETS_MAX, type Act, contentDigest, readJournalBody } from '@meterbook/core/event'
import { type ActOutcome, type Projector, projectAct, type TargetContent } from '@meterbook/core/projection'
import { readEventStates } from '@meterbook/db/clickhouse'
import { type NamedApp, readContentsInLots } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { sha256 } from '../events/find-event.ts'

/** Later than any act: the events as they are now. */
const FOR_EVER = 9_223_372_036_854_775_807n

/**
 * What an act does to each of its targets, without doing it: the same fold that the worker writes by. `before`: the act's own journal number
 * if it was done already, and what it did is asked for.
 */
export async function workOut(
  stores: EventStores,
  input: { app: NamedApp; act: Omit<Act, 'format'>; projector: Projector; before?: bigint },
): Promise<ActOutcome[]> {
  const { app, act, projector, before = FOR_EVER } = input
  const outcomes: ActOutcome[] = []
  for (let at = 0; at < act.targets.length; at += ACT_TARGETS_MAX) {
    const targets = act.targets.slice(at, at + ACT_TARGETS_MAX)
    const states = await readEventStates(stores.clickhouse, {
      shard: app.shard,
      appId: app.id,
      before,
      places: targets,
    })
    const places = targets.map((target, index) => states[index]?.content ?? target)
    const stored = await readContentsInLots(stores.pool, { shard: app.shard, places })
    const contents = targets.map((target, index): TargetContent | null => {
      const event = target.event === undefined ? stored[index]?.event : readJournalBody(`[${target.event}]`)[0]
      const place = places[index]
      if (event === undefined || place === undefined) return null
      return { event, digest: contentDigest({ ...event, app: app.id }, sha256), place }
    })
    const part: Act = { format: 'meterbook/act/1', ...act, targets }
    outcomes.push(...projectAct({ act: part, projector, states, contents }))
  }
  return outcomes
}
