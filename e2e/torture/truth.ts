// The ground truth of a run: what must have become of every event of the journal, told from what was sent and by hand-written rules.
// Promises: one walk through the journal, in its order, and no question to the projection.
// Does not know: ClickHouse.
import { hash } from 'node:crypto'
import type { Findings } from './findings.ts'
import type { Writing } from './generator.ts'
import type { JournalEntry, Revisions } from './journal.ts'
import { type Data, dimensionText, type Fault, type Measured, type TruthMeter, type TruthVersion } from './measures.ts'
import type { World } from './world.ts'

export interface TruthRecord {
  meter: TruthMeter
  version: TruthVersion
  quantity: bigint
  unique: string
  dimensions: Record<string, string>
}

export type TruthVerdict = 'counted' | 'duplicate' | 'conflict' | 'quarantined' | 'cancelled' | 'dismissed'

export interface TruthEvent {
  shard: number
  batch: bigint
  pos: number
  receivedAt: bigint
  /** As it was taken, and what became of it at first. */
  sent: Writing
  firstVerdict: TruthVerdict
  /** As it is now, after all acts upon it. */
  writing: Writing
  at: bigint
  spaceId: string
  verdict: TruthVerdict
  reason: string
  original: TruthEvent | null
  isExempt: boolean
  records: TruthRecord[]
}

export interface Truth {
  events: TruthEvent[]
  /** By name: acts upon one event each, and those of them that changed something. */
  acts: Map<string, { targets: number; effects: number }>
  /** Rows of the journal by correction. */
  corrections: Map<string, number>
}

interface Telling {
  world: World
  writings: ReadonlyMap<string, Writing>
  revisions: Revisions
  findings: Findings
}

const AHEAD_MAX = 31n * 86_400_000_000n
const EARLIEST = 946_684_800_000_000n

/** Walks the journal and tells every event's fate. What the journal should hold and does not, or holds and should not, is a finding. */
export async function tellTruth(input: Telling & { journal: AsyncIterable<JournalEntry> }): Promise<Truth> {
  const { writings, findings } = input
  const firsts = new Map<string, TruthEvent>()
  const byPlace = new Map<string, TruthEvent>()
  const seen = new Set<Writing>()
  const truth: Truth = { events: [], acts: new Map(), corrections: new Map() }
  for await (const found of input.journal) {
    if (found.kind === 'act') {
      applyAct({ ...input, found, byPlace, truth })
      continue
    }
    const writing = writings.get((JSON.parse(found.text) as { mark?: string }).mark ?? '')
    const place = `${found.shard}:${found.batch}:${found.pos}`
    if (!writing) {
      findings.add('in the journal, never sent', place)
      continue
    }
    checkCustody({ found, writing, place, seen, findings })
    seen.add(writing)
    const event = fateOf({ ...input, found, writing, original: firsts.get(writing.identity) ?? null })
    if (event.original === null) firsts.set(writing.identity, event)
    byPlace.set(place, event)
    truth.events.push(event)
  }
  for (const writing of writings.values()) {
    if (writing.isAcknowledged && !seen.has(writing)) findings.add('acknowledged, not in the journal', writing.mark)
  }
  return truth
}

type FoundEvent = Extract<JournalEntry, { kind: 'event' }>

function checkCustody(input: {
  found: FoundEvent
  writing: Writing
  place: string
  seen: ReadonlySet<Writing>
  findings: Findings
}): void {
  const { found, writing, place, seen, findings } = input
  if (writing.app.id !== found.appId) findings.add('taken for another app', place)
  if (writing.isVerbatim && hash('sha256', found.text, 'hex') !== writing.digest)
    findings.add('not kept as it was sent', place)
  if (writing.after && !seen.has(writing.after))
    findings.add('taken before what had been acknowledged before it was sent', place)
}

function fateOf(input: Telling & { found: FoundEvent; writing: Writing; original: TruthEvent | null }): TruthEvent {
  const { found, writing, original, revisions } = input
  const { shard, batch, pos, receivedAt } = found
  const fate = presentOf({ ...input, receivedAt, revision: revisions.of(shard, batch) })
  const event = { shard, batch, pos, receivedAt, sent: writing, original, ...fate, firstVerdict: fate.verdict }
  if (!original) return event
  const verdict = original.sent.content === writing.content ? 'duplicate' : 'conflict'
  return { ...event, verdict, firstVerdict: verdict, reason: '', records: [] }
}

/** What an event of this content is, whoever claimed its identity. */
function presentOf(input: Telling & { writing: Writing; receivedAt: bigint; revision: bigint }) {
  const { writing, receivedAt } = input
  const at = writing.at ?? receivedAt
  const spaceId = writing.app.stays.find(({ from, to }) => from <= at && (to === null || at < to))?.spaceId ?? ''
  const isExempt = writing.saying.installation !== null && writing.app.exempt.has(writing.saying.installation)
  const { records, reason } = measured({ ...input, at, spaceId })
  const verdict: TruthVerdict = reason === '' ? 'counted' : 'quarantined'
  return { writing, at, spaceId, isExempt, records, reason, verdict }
}

function measured(
  input: Telling & { writing: Writing; receivedAt: bigint; revision: bigint; at: bigint; spaceId: string },
): { records: TruthRecord[]; reason: string } {
  const { world, writing, receivedAt, at, spaceId } = input
  if (at < EARLIEST) return { records: [], reason: 'time_too_old' }
  if (at > receivedAt + AHEAD_MAX) return { records: [], reason: 'time_in_future' }
  if (spaceId === '') return { records: [], reason: 'unattributed' }
  const records: TruthRecord[] = []
  let reason = ''
  for (const meter of world.meters) {
    if (meter.type !== writing.saying.type) continue
    const version = meter.versions.findLast(({ from }) => from <= at) as TruthVersion
    const result = measureOne({ ...input, meter, version })
    if (typeof result === 'string') reason ||= result
    else records.push({ meter, version, ...result, dimensions: dimensionsOf(meter, writing.saying.data) })
  }
  return { records, reason: records.length > 0 ? '' : reason || 'unknown_type' }
}

function measureOne(
  input: Telling & { meter: TruthMeter; version: TruthVersion; writing: Writing; at: bigint; revision: bigint },
): Measured | Fault | 'not_entitled' {
  const { meter, version, writing, at, revision, revisions } = input
  const { app, saying } = writing
  const { capability } = meter
  const isGranted = app.granted.has(capability) && revisions.isEntitled({ appId: app.id, capability, revision })
  if (!app.isEntitled(capability, at) && !isGranted) return 'not_entitled'
  if (meter.needsSubject && saying.subject === null) return 'subject_missing'
  return version.measure(saying.data)
}

function dimensionsOf(meter: TruthMeter, data: Data): Record<string, string> {
  return Object.fromEntries(meter.dimensions.map((name) => [name, dimensionText(data, name)]))
}

interface ActBody {
  act: 'cancel' | 'amend' | 'replay' | 'reattribute' | 'dismiss'
  correctionId: string
  targets: { batch: string; pos: number; event?: string }[]
}

const ACTS_ON: Record<ActBody['act'], readonly TruthVerdict[]> = {
  cancel: ['counted'],
  amend: ['counted'],
  replay: ['quarantined', 'cancelled', 'dismissed'],
  reattribute: ['counted', 'quarantined'],
  dismiss: ['quarantined', 'conflict'],
}

/** Each target is what the act before it left; one that the act is not for stays as it is, and so does one that is named twice. */
function applyAct(
  input: Telling & { found: Extract<JournalEntry, { kind: 'act' }>; byPlace: Map<string, TruthEvent>; truth: Truth },
): void {
  const { found, byPlace, truth, writings, revisions, findings } = input
  const { act, correctionId, targets } = JSON.parse(found.text) as ActBody
  const tally = truth.acts.get(act) ?? { targets: 0, effects: 0 }
  truth.acts.set(act, tally)
  truth.corrections.set(correctionId, (truth.corrections.get(correctionId) ?? 0) + 1)
  const revision = revisions.of(found.shard, found.batch)
  const done = new Set<TruthEvent>()
  for (const { batch, pos, event: text } of targets) {
    tally.targets++
    const event = byPlace.get(`${found.shard}:${batch}:${pos}`)
    if (!event || done.has(event) || event.sent.app.id !== found.appId) continue
    if (!ACTS_ON[act].includes(event.verdict) || (event.original !== null && act !== 'dismiss')) continue
    done.add(event)
    tally.effects++
    if (act === 'cancel' || act === 'dismiss') {
      Object.assign(event, { verdict: act === 'cancel' ? 'cancelled' : 'dismissed', reason: '', records: [] })
      continue
    }
    const writing = text === undefined ? event.writing : writings.get((JSON.parse(text) as { mark: string }).mark)
    if (writing) Object.assign(event, presentOf({ ...input, writing, receivedAt: event.receivedAt, revision }))
    else findings.add('in an act, never written', correctionId)
  }
}
