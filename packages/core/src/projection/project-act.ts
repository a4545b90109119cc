import type { Act, ActName, JournalPlace, UsageEvent } from '../event/index.ts'
import type { Instant } from '../kernel/index.ts'
import type { ProjectedEvent, UsageRecord, Verdict } from './project-group.ts'
import type { Projector } from './projector.ts'

/** A usage record that counts now, with what it says of its event. */
export interface RecordInForce extends UsageRecord {
  spaceId: string
  at: Instant
  environment: string
  installation: string
  subject: string
}

/** What one event is before an act: the row of it that is in force. */
export interface EventState extends JournalPlace {
  appId: string
  identity: string
  digest: string
  receivedAt: Instant
  spaceId: string
  verdict: Verdict
  reason: string
  detail: string
  /** Set for a duplicate or a conflict: the event that came first. */
  original: JournalPlace | null
  /** What recorded this state, and where its content stands: the event itself, or a target of a later act. */
  entry: JournalPlace
  content: JournalPlace
  /** Of a counted event; of any other none. */
  records: readonly RecordInForce[]
}

/** The content that an act works with: the target's own, or else what stands at the state's `content`. */
export interface TargetContent {
  event: UsageEvent
  digest: string
  place: JournalPlace
}

/** What an act changes: the state is reversed with all its records, and the event's new row and records take its place. */
export interface ActEffect {
  /** Which target of the act. */
  index: number
  state: EventState
  event: ProjectedEvent
  content: JournalPlace
}

export type ActOutcome =
  | ({ outcome: 'effective' } & ActEffect)
  /** Tried again, and nothing came out differently. */
  | { outcome: 'unchanged'; index: number; state: EventState }
  /** The event is not, or no longer, what this act is for; null: the journal has no such event of this app. */
  | { outcome: 'ineligible'; index: number; state: EventState | null }

/** What an event may be for each act to have an effect. Of a duplicate or a conflict, only dismissing has any. */
export const ELIGIBLE_VERDICTS: Record<ActName, readonly Verdict[]> = {
  cancel: ['counted'],
  amend: ['counted'],
  replay: ['quarantined', 'cancelled', 'dismissed'],
  reattribute: ['counted', 'quarantined'],
  dismiss: ['quarantined', 'conflict'],
}

/**
 * What an act does to each of its targets, in their order. Pure: the same states, contents and catalogue give the same effects, so that it
 * can be shown before it is done. `states` and `contents` are by target. An event whose identity another one claimed (`original`) is never
 * counted, whatever the act; so no act can count an identity twice.
 */
export function projectAct(input: {
  act: Act
  /** The catalogue under which contents are projected again. */
  projector: Projector
  states: readonly (EventState | null)[]
  contents: readonly (TargetContent | null)[]
}): ActOutcome[] {
  const { act, projector } = input
  const done = new Set<string>()
  return act.targets.map((target, index) => {
    const state = input.states[index] ?? null
    const place = `${target.batch}:${target.pos}`
    // The same event twice in one act: the second finds what the first left, which is not what the act is for.
    if (state === null || done.has(place) || !isEligible(act.act, state)) return { outcome: 'ineligible', index, state }
    done.add(place)
    const content = input.contents[index] ?? null
    if (content === null) throw new Error(`expected content for the event at ${place}, found none`)
    const event = eventAfter({ act, state, content, projector })
    if (isSame(state, event)) return { outcome: 'unchanged', index, state }
    return { outcome: 'effective', index, state, event, content: content.place }
  })
}

function isEligible(act: ActName, state: EventState): boolean {
  if (state.original !== null && act !== 'dismiss') return false
  return ELIGIBLE_VERDICTS[act].includes(state.verdict)
}

function eventAfter(input: {
  act: Act
  state: EventState
  content: TargetContent
  projector: Projector
}): ProjectedEvent {
  const { act, state, content, projector } = input
  const { event } = content
  const at = event.time ?? state.receivedAt
  const after = {
    source: {
      batch: state.batch,
      pos: state.pos,
      appId: state.appId,
      receivedAt: state.receivedAt,
      event,
      identity: state.identity,
      digest: content.digest,
    },
    at,
    original: state.original,
  }
  if (act.act === 'cancel' || act.act === 'dismiss') {
    const verdict = act.act === 'cancel' ? 'cancelled' : 'dismissed'
    return { ...after, spaceId: state.spaceId, verdict, reason: '', detail: act.reason, records: [] }
  }
  const projection = projector.project({ event, appId: state.appId, at, receivedAt: state.receivedAt })
  return {
    ...after,
    spaceId: projection.spaceId,
    verdict: projection.reason === null ? 'counted' : 'quarantined',
    reason: projection.reason ?? '',
    detail: projection.detail,
    records: projection.records,
  }
}

/** Whether nothing that is stored of the event would be another: then nothing is written. */
function isSame(state: EventState, after: ProjectedEvent): boolean {
  if (state.verdict !== after.verdict || state.reason !== after.reason || state.detail !== after.detail) return false
  if (state.digest !== after.source.digest || state.spaceId !== after.spaceId) return false
  const { event } = after.source
  const rest = {
    spaceId: after.spaceId,
    at: after.at,
    environment: event.environment,
    installation: event.installation ?? '',
    subject: event.subject ?? '',
  }
  return textOf(state.records) === textOf(after.records.map((record) => ({ ...record, ...rest })))
}

function textOf(records: readonly RecordInForce[]): string {
  const texts = records.map((record) =>
    JSON.stringify([
      record.meter,
      record.meterVersion,
      record.isExempt,
      record.quantity.toString(),
      record.uniqueValue,
      record.dimensions,
      record.entitlementId,
      record.spaceId,
      record.at.toString(),
      record.environment,
      record.installation,
      record.subject,
    ]),
  )
  return texts.sort().join('\n')
}
