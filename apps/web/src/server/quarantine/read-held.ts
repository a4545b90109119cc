// server/quarantine: what is held, why, what would cure it and what money is at stake.
// Promises: counts are of everything held in sight; money is exact for the events it was worked out for, and says how many those are.
// Does not know: sessions, who may cure what.
import { formatInstant } from '@meterbook/core/kernel'
import { addStake, cureOf, EMPTY_STAKE, stakeTexts } from '@meterbook/core/quarantine'
import { countByReason, type EventCursor, type EventFilter, listEvents } from '@meterbook/db/clickhouse'
import { type NamedApp, readContentsInLots, readPrices, readSpaces } from '@meterbook/db/postgres'
import { eventsInSight, selectionFilter } from '../corrections/aim.ts'
import type { EventPlace, EventSelection } from '../corrections/asked-correction.ts'
import type { EventSight, EventStores } from '../events/event-sight.ts'
import { cursorOf, indexText } from '../events/list-event-items.ts'
import { currentProjector } from '../events/projector-at.ts'
import { type HeldContent, type Rates, stakeOf, stakeOfReason, withContents } from './stake-memory.ts'

const HELD = ['quarantined', 'conflict'] as const

/** What is held, by reason, the most frequent first; `stake`: of the newest `examined` events of the reason; of very many, more with each asking. */
export async function readHeldReasons(stores: EventStores, input: { sight: EventSight; selection: EventSelection }) {
  const filter = heldFilter(input.sight, input.selection)
  const [reasons, rates] = await Promise.all([countByReason(stores.clickhouse, filter), ratesOf(stores)])
  const rows = []
  for (const held of reasons) {
    const { verdict, reason, events, first, last } = held
    const ofReason = { ...filter, verdicts: [verdict], reasons: [reason] }
    const { sum, examined } = await stakeOfReason(stores, { filter: ofReason, held, rates })
    rows.push({
      verdict,
      reason,
      events,
      first: formatInstant(first),
      last: formatInstant(last),
      cure: cureOf({ verdict, reason }),
      stake: { ...stakeTexts(sum), examined, isComplete: examined === events },
    })
  }
  return { reasons: rows, assumes: ASSUMES }
}

const ASSUMES =
  'List prices at the time of each event. What is left of allowances is not considered, so it may cost less.'

/** One page of what is held, newest first. */
export async function readHeldPage(
  stores: EventStores,
  input: { sight: EventSight; selection: EventSelection; limit: number; after?: EventCursor | undefined },
) {
  const { sight, selection, limit, after } = input
  const filter = heldFilter(sight, selection)
  const [rows, rates] = await Promise.all([
    listEvents(stores.clickhouse, { filter, limit: limit + 1, after }),
    ratesOf(stores),
  ])
  const page = rows.slice(0, limit)
  const [held, spaces] = await Promise.all([
    withContents(stores, page),
    readSpaces(
      stores.pool,
      page.map(({ spaceId }) => spaceId),
    ),
  ])
  const last = page.at(-1)
  return {
    events: held.map((each) => ({
      ...indexText(each.event, { apps: sight.apps, spaces }),
      cure: cureOf(each.event),
      stake: stakeTextsOf(rates, [each]),
    })),
    next: rows.length > limit && last !== undefined ? cursorOf(last) : null,
    assumes: ASSUMES,
  }
}

/** One event, held or not, with its content as received; of a conflict also the event that came first. Throws CorrectionRefused. */
export async function readHeldEvent(stores: EventStores, input: { sight: EventSight; place: EventPlace }) {
  const { sight, place } = input
  const [found] = await eventsInSight(stores, { sight, app: place.app, places: [place] })
  if (found === undefined) return null
  const { event, app } = found
  const [held, spaces, rates] = await Promise.all([
    withContents(stores, [event]),
    readSpaces(stores.pool, [event.spaceId]),
    ratesOf(stores),
  ])
  return {
    ...indexText(event, { apps: sight.apps, spaces }),
    cure: cureOf(event),
    stake: stakeTextsOf(rates, held),
    assumes: ASSUMES,
    content: held[0]?.content?.text ?? null,
    first: event.original === null ? null : await firstOf(stores, { sight, app, original: event.original }),
  }
}

/** The event that came first, if it is in sight too. */
async function firstOf(
  stores: EventStores,
  input: { sight: EventSight; app: NamedApp; original: { batch: bigint; pos: number } },
) {
  const { sight, app, original } = input
  const [first] = await eventsInSight(stores, { sight, app: app.id, places: [original] }).catch(() => [])
  if (first === undefined) return null
  const [content] = await readContentsInLots(stores.pool, { shard: app.shard, places: [first.event.content] })
  return { ...indexText(first.event, { apps: sight.apps, spaces: new Map() }), content: content?.text ?? null }
}

function heldFilter(sight: EventSight, selection: EventSelection): EventFilter {
  const asked = selection.verdicts ?? HELD
  const verdicts = HELD.filter((verdict) => asked.includes(verdict))
  return { ...selectionFilter(sight, selection), verdicts, isReal: true }
}

async function ratesOf({ pool }: EventStores): Promise<Rates> {
  const [projector, prices] = await Promise.all([currentProjector(pool), readPrices(pool)])
  return { projector, prices }
}

function stakeTextsOf(rates: Rates, held: readonly HeldContent[]) {
  return stakeTexts(held.reduce((sum, each) => addStake(sum, stakeOf(rates, each)), EMPTY_STAKE))
}
