// The ground truth of a run: what must have become of every event of the journal, told from what was sent and by hand-written rules.
// Promises: one walk through the journal, in its order, and no question to the projection.
// Does not know: ClickHouse.
import { hash } from 'node:crypto'
import type { Findings } from './findings.ts'
import type { Writing } from './generator.ts'
import type { JournalEvent } from './journal.ts'
import { type Data, dimensionText, type Fault, type Measured, type TruthMeter, type TruthVersion } from './measures.ts'
import type { World } from './world.ts'

export interface TruthRecord {
  meter: TruthMeter
  version: TruthVersion
  quantity: bigint
  unique: string
  dimensions: Record<string, string>
}

export interface TruthEvent {
  shard: number
  batch: bigint
  pos: number
  writing: Writing
  at: bigint
  spaceId: string
  verdict: 'counted' | 'duplicate' | 'conflict' | 'quarantined'
  reason: string
  original: TruthEvent | null
  isExempt: boolean
  records: TruthRecord[]
}

const AHEAD_MAX = 31n * 86_400_000_000n
const EARLIEST = 946_684_800_000_000n

/** Walks the journal and tells every event's fate. What the journal should hold and does not, or holds and should not, is a finding. */
export async function tellTruth(input: {
  world: World
  writings: ReadonlyMap<string, Writing>
  journal: AsyncIterable<JournalEvent>
  findings: Findings
}): Promise<TruthEvent[]> {
  const { world, writings, findings } = input
  const metersByType = Map.groupBy(world.meters, (meter) => meter.type)
  const firsts = new Map<string, TruthEvent>()
  const seen = new Set<Writing>()
  const events: TruthEvent[] = []
  for await (const found of input.journal) {
    const writing = writings.get((JSON.parse(found.text) as { mark?: string }).mark ?? '')
    const place = `journal ${found.shard}:${found.batch}:${found.pos}`
    if (!writing) {
      findings.add('in the journal, never sent', place)
      continue
    }
    checkCustody({ found, writing, place, seen, findings })
    seen.add(writing)
    const event = fateOf({ world, metersByType, found, writing, original: firsts.get(writing.identity) ?? null })
    if (event.original === null) firsts.set(writing.identity, event)
    events.push(event)
  }
  for (const writing of writings.values()) {
    if (writing.isAcknowledged && !seen.has(writing)) findings.add('acknowledged, not in the journal', writing.mark)
  }
  return events
}

function checkCustody(input: {
  found: JournalEvent
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

function fateOf(input: {
  world: World
  metersByType: Map<string, TruthMeter[]>
  found: JournalEvent
  writing: Writing
  original: TruthEvent | null
}): TruthEvent {
  const { found, writing, original } = input
  const { shard, batch, pos } = found
  const at = writing.at ?? found.receivedAt
  const spaceId = writing.app.stays.find(({ from, to }) => from <= at && (to === null || at < to))?.spaceId ?? ''
  const isExempt = writing.saying.installation !== null && writing.app.exempt.has(writing.saying.installation)
  const event = { shard, batch, pos, writing, at, spaceId, original, isExempt, reason: '', records: [] }
  if (original) {
    return { ...event, verdict: original.writing.content === writing.content ? 'duplicate' : 'conflict' }
  }
  const { records, reason } = measured({ ...input, at, spaceId })
  return { ...event, records, reason, verdict: reason === '' ? 'counted' : 'quarantined' }
}

function measured(input: {
  metersByType: Map<string, TruthMeter[]>
  found: JournalEvent
  writing: Writing
  at: bigint
  spaceId: string
}): { records: TruthRecord[]; reason: string } {
  const { metersByType, found, writing, at, spaceId } = input
  if (at < EARLIEST) return { records: [], reason: 'time_too_old' }
  if (at > found.receivedAt + AHEAD_MAX) return { records: [], reason: 'time_in_future' }
  if (spaceId === '') return { records: [], reason: 'unattributed' }
  const records: TruthRecord[] = []
  let reason = ''
  for (const meter of metersByType.get(writing.saying.type) ?? []) {
    const version = meter.versions.findLast(({ from }) => from <= at) as TruthVersion
    const result = measureOne({ meter, version, writing, at })
    if (typeof result === 'string') reason ||= result
    else records.push({ meter, version, ...result, dimensions: dimensionsOf(meter, writing.saying.data) })
  }
  return { records, reason: records.length > 0 ? '' : reason || 'unknown_type' }
}

function measureOne(input: {
  meter: TruthMeter
  version: TruthVersion
  writing: Writing
  at: bigint
}): Measured | Fault | 'not_entitled' {
  const { meter, version, writing, at } = input
  if (!writing.app.isEntitled(meter.capability, at)) return 'not_entitled'
  if (meter.needsSubject && writing.saying.subject === null) return 'subject_missing'
  return version.measure(writing.saying.data)
}

function dimensionsOf(meter: TruthMeter, data: Data): Record<string, string> {
  return Object.fromEntries(meter.dimensions.map((name) => [name, dimensionText(data, name)]))
}
