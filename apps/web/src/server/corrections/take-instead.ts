import { type Act, type ActName, type JournalPlace, TEST_INSTALLATION } from '@meterbook/core/event'
import type { Instant } from '@meterbook/core/kernel'
import { findCorrections, type PoolClient, readContentsInLots } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { type Aim, eventsInSight } from './aim.ts'
import { type CorrectionConsent, CorrectionRefused, type EventPlace } from './asked-correction.ts'
import {
  aloneOf,
  append,
  type CorrectionAsker,
  type Done,
  partId,
  repeated,
  requestOf,
  type Trial,
  tryAims,
} from './correct.ts'

/**
 * Of two events of one source and id, takes the later one, a conflict, instead of the first: the first gets its content (amended if it
 * counts, replayed with it if it is held, cancelled or dismissed), and the conflict is dismissed. As a trial.
 */
export async function tryInstead(
  stores: EventStores,
  input: { asker: CorrectionAsker; conflict: EventPlace },
): Promise<Extract<Trial, { ok: true }> & { acts: ActName[] }> {
  const aims = await aimInstead(stores, input)
  return { ...(await tryAims(stores, { sight: input.asker.sight, aims })), acts: aims.map(({ act }) => act) }
}

/** The same, done: two corrections, of the first event and of the conflict, in one transaction. */
export async function takeInstead(
  stores: EventStores,
  input: {
    asker: CorrectionAsker
    conflict: EventPlace
    consent: CorrectionConsent
    receivedAt: Instant
    requestId?: string | null
    /** The transaction that it is part of, which a second person began; else its own. */
    tx?: PoolClient
    /** Done by one person: what it may move then. Left out where a second one approved it. */
    above?: string
  },
): Promise<Done> {
  const { asker, consent, receivedAt, tx, above } = input
  const ids = [consent.id, partId(consent.id, 'dismiss')]
  const known = await findCorrections(stores.pool, ids)
  if (known.length > 0) return repeated(known, { asker, act: 'dismiss' })
  const aims = await aimInstead(stores, input)
  const alone = above === undefined ? undefined : await aloneOf(stores, { asker, aims, above, id: consent.id })
  const requests = aims.flatMap((aim, index) =>
    aim.apps.map(({ app, targets }) => ({
      ...requestOf({ asker, aim, consent }),
      id: ids[index] ?? consent.id,
      app: { id: app.id, shard: app.shard },
      targets,
    })),
  )
  const { requestId } = input
  return append(stores, { asker, requests, expected: undefined, receivedAt, requestId, tx, alone })
}

async function aimInstead(
  stores: EventStores,
  { asker, conflict }: { asker: CorrectionAsker; conflict: EventPlace },
): Promise<[Aim, Aim]> {
  const { app: name, batch, pos } = conflict
  const [later] = await eventsInSight(stores, { sight: asker.sight, app: name, places: [{ batch, pos }] })
  if (later === undefined) throw new CorrectionRefused('not_found', 'No such event')
  const { app, event } = later
  if (event.verdict !== 'conflict' || event.original === null) {
    throw new CorrectionRefused('invalid', `expected a conflict, found an event that is ${event.verdict}`)
  }
  const [first] = await eventsInSight(stores, { sight: asker.sight, app: name, places: [event.original] })
  const [content] = await readContentsInLots(stores.pool, { shard: app.shard, places: [event.content] })
  if (first === undefined || content == null) throw new CorrectionRefused('not_found', 'No such event')
  if ((content.event.installation === TEST_INSTALLATION) !== (first.event.installation === TEST_INSTALLATION)) {
    throw new CorrectionRefused('invalid', 'expected two events of one kind, found a test event and usage')
  }
  const aim = (act: Aim['act'], target: JournalPlace & Partial<Act['targets'][number]>): Aim => ({
    act,
    apps: [{ app, targets: [target] }],
    chosenBy: { insteadOf: placeText(first.event), conflict: placeText(event) },
  })
  const act = first.event.verdict === 'counted' ? 'amend' : 'replay'
  return [aim(act, { ...event.original, event: content.text }), aim('dismiss', { batch, pos })]
}

function placeText({ batch, pos }: JournalPlace): string {
  return `${batch}:${pos}`
}
