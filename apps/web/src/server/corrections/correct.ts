import { createHash } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { ActOutcome, Verdict } from '@meterbook/core/projection'
import { type MovedMoney, movedMoney } from '@meterbook/core/quarantine'
import {
  appendCorrections,
  type CorrectionRequest,
  type CorrectionSight,
  findCorrections,
  inTransaction,
  isCorrectionInSight,
  type NamedApp,
  type PoolClient,
  readPrices,
  readSpaces,
  type StoredCorrection,
} from '@meterbook/db/postgres'
import { type EventSight, type EventStores, sightOfApp } from '../events/event-sight.ts'
import { meterUnits } from '../events/meter-units.ts'
import { currentProjector } from '../events/projector-at.ts'
import { type Aim, type AimResult, takeAim } from './aim.ts'
import { actAlone } from './approval.ts'
import { type AskedCorrection, type CorrectionConsent, CorrectionRefused } from './asked-correction.ts'
import { Effect } from './effect.ts'
import { workOut } from './work-out.ts'

/** Who asks, and what they may see and touch. */
export interface CorrectionAsker {
  sight: EventSight
  correctionSight: CorrectionSight
  actor: { id: string; name: string }
  verdicts: readonly Verdict[]
}

export type Trial =
  | { ok: true; targets: number; effect: ReturnType<Effect['texts']>; money: MovedMoney }
  | Extract<AimResult, { ok: false }>

/** What an asking would change, if it were done now under the catalogue as it is now. Writes nothing. */
export async function tryOut(
  stores: EventStores,
  input: { asker: CorrectionAsker; asked: AskedCorrection },
): Promise<Trial> {
  const { sight, verdicts } = input.asker
  const result = await takeAim(stores, { sight, asked: input.asked, verdicts })
  return result.ok ? tryAims(stores, { sight, aims: [result.aim] }) : result
}

/** The same of what was aimed at already. */
export async function tryAims(
  stores: EventStores,
  input: { sight: EventSight; aims: readonly Aim[] },
): Promise<Extract<Trial, { ok: true }>> {
  const { sight, aims } = input
  const projector = await currentProjector(stores.pool)
  const effect = new Effect(await meterUnits(stores.pool))
  const outcomes: ActOutcome[] = []
  let targets = 0
  for (const { act, apps } of aims) {
    for (const { app, targets: ofApp } of apps) {
      targets += ofApp.length
      const tried = { act, correctionId: TRIAL_ID, actor: NOBODY, reason: 'a trial', targets: ofApp }
      const found = await workOut(stores, { app, act: tried, projector })
      effect.add(app, found)
      outcomes.push(...found)
    }
  }
  const spaces = await readSpaces(stores.pool, effect.spaceIds)
  const money = movedMoney(outcomes, { catalogue: projector.catalogue, prices: await readPrices(stores.pool) })
  return { ok: true, targets, effect: effect.texts({ spaces, visibleSpaceId: sight.spaceId }), money }
}

const TRIAL_ID = '00000000-0000-4000-8000-000000000000'
const NOBODY = { id: '', name: '' }

export type Done = { ok: true; corrections: CorrectionText[]; isRepeated: boolean } | Extract<AimResult, { ok: false }>

/**
 * Does what is asked: appends it to the journal, where the workers take it up in its turn. The same id again does nothing and answers with
 * what was written the first time. Throws CorrectionRefused.
 */
export async function perform(
  stores: EventStores,
  input: {
    asker: CorrectionAsker
    asked: AskedCorrection
    consent: CorrectionConsent
    receivedAt: Instant
    requestId?: string | null
    /** The transaction that it is part of, which a second person began; else its own. */
    tx?: PoolClient
    /** Done by one person: what it may move then. Left out where a second one approved it. */
    above?: string
  },
): Promise<Done> {
  const { asker, asked, consent, requestId, tx, above } = input
  const isOfOneApp = namesOneApp(asker.sight, asked)
  const ids = isOfOneApp ? [consent.id] : asker.sight.apps.map((app) => partId(consent.id, app.id))
  const known = await findCorrections(stores.pool, ids)
  if (known.length > 0) return repeated(known, { asker, act: asked.act })
  const result = await takeAim(stores, { sight: asker.sight, asked, verdicts: asker.verdicts })
  if (!result.ok) return result
  const { aim } = result
  const requests = aim.apps.map(({ app, targets }) => ({
    ...requestOf({ asker, aim, consent }),
    id: isOfOneApp ? consent.id : partId(consent.id, app.id),
    app: { id: app.id, shard: app.shard },
    targets,
  }))
  const alone = above === undefined ? undefined : await aloneOf(stores, { asker, aims: [aim], above, id: consent.id })
  const { expected } = consent
  return append(stores, { asker, requests, expected, receivedAt: input.receivedAt, requestId, tx, alone })
}

/** What has to be true within the transaction of an act that one person does. */
export async function aloneOf(
  stores: EventStores,
  input: { asker: CorrectionAsker; aims: readonly Aim[]; above: string; id: string },
): Promise<(tx: PoolClient) => Promise<void>> {
  const { asker, aims, above, id: correctionId } = input
  const acts = aims.map(({ act }) => act)
  const { money } = await tryAims(stores, { sight: asker.sight, aims })
  return (tx) => actAlone(tx, { acts, money, actorId: asker.actor.id, above, correctionId })
}

/** Appends what one asking came to, all or none. */
export async function append(
  stores: EventStores,
  input: {
    asker: CorrectionAsker
    requests: readonly CorrectionRequest[]
    expected: number | undefined
    receivedAt: Instant
    requestId?: string | null | undefined
    tx?: PoolClient | undefined
    /** Demanded first, in the same transaction. */
    alone?: ((tx: PoolClient) => Promise<void>) | undefined
  },
): Promise<Extract<Done, { ok: true }>> {
  const { asker, requests, expected, receivedAt, requestId = null, tx, alone } = input
  const found = requests.reduce((sum, { targets }) => sum + targets.length, 0)
  if (expected !== undefined && found !== expected) {
    throw new CorrectionRefused(
      'conflict',
      `expected ${expected} events, as the trial showed, found ${found}: try it out again`,
    )
  }
  const write = async (client: PoolClient) => {
    await alone?.(client)
    return appendCorrections(client, { requests, receivedAt, requestId })
  }
  const stored = await (tx === undefined ? inTransaction(stores.pool, write) : write(tx))
  const [act] = requests.map((request) => request.act)
  if (act !== undefined) checkOwn(stored, { asker, act })
  return { ok: true, corrections: stored.map((each) => correctionText(each, asker.sight.apps)), isRepeated: false }
}

/** Everything of a request that is the same for each app of an asking. */
export function requestOf(input: {
  asker: CorrectionAsker
  aim: Pick<Aim, 'act' | 'chosenBy'>
  consent: CorrectionConsent
}): Pick<CorrectionRequest, 'act' | 'actor' | 'reason' | 'filter'> {
  const { asker, aim, consent } = input
  const filter = { ...aim.chosenBy, spaceId: asker.sight.spaceId, askedAs: consent.id }
  return { act: aim.act, actor: asker.actor, reason: consent.reason, filter }
}

/** An id of its own for a part of an asking, the same each time. */
export function partId(id: string, part: string): string {
  const hex = createHash('sha256').update(`meterbook/correction-part/1\n${id.toLowerCase()}\n${part}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function repeated(
  known: readonly StoredCorrection[],
  input: { asker: CorrectionAsker; act: StoredCorrection['act'] },
): Extract<Done, { ok: true }> {
  checkOwn(known, input)
  return { ok: true, corrections: known.map((each) => correctionText(each, input.asker.sight.apps)), isRepeated: true }
}

/** An id that stands for something else, perhaps of somebody else, is not ours to show. */
function checkOwn(
  stored: readonly StoredCorrection[],
  { asker, act }: { asker: CorrectionAsker; act: StoredCorrection['act'] },
): void {
  const isOwn = stored.every((each) => isCorrectionInSight(each, asker.correctionSight))
  if (isOwn && stored.some((each) => each.act === act)) return
  throw new CorrectionRefused('conflict', 'This id stands for another correction: choose a new one')
}

/** An asking about one app is one correction, of the id that was chosen; of any other there is one for each app, with ids made of it. */
function namesOneApp(sight: EventSight, { on }: AskedCorrection): boolean {
  if ('filter' in on) return on.filter.app !== undefined
  return new Set(on.places.map(({ app }) => sightOfApp(sight, app)?.app.id)).size === 1
}

export type CorrectionText = ReturnType<typeof correctionText>

export function correctionText(correction: StoredCorrection, apps: readonly NamedApp[]) {
  const { spaceId: _space, ...chosenBy } = correction.filter
  return {
    id: correction.id,
    act: correction.act,
    app: apps.find(({ id }) => id === correction.appId)?.slug ?? null,
    actor: correction.actor.name,
    reason: correction.reason,
    chosenBy,
    targets: correction.targetCount,
    journal: {
      shard: correction.shard,
      first: correction.first.toString(),
      last: correction.last.toString(),
    },
    recordedAt: formatInstant(correction.recordedAt),
  }
}
