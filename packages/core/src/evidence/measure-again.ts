import { compileCatalogue } from '../catalogue/index.ts'
import { parseInstant } from '../kernel/index.ts'
import type { MeterBase } from '../posting/index.ts'
import { createProjector } from '../projection/index.ts'
import type { Window } from '../window/index.ts'
import { type CountedEvent, catalogueFile, type EvidenceFiles, type FileFault } from './bundle.ts'
import type { JournalEvent, ProvenBatch } from './check-journal.ts'
import { MeasuredEvents, type Measuring } from './measured-events.ts'
import type { UsageEntry } from './verify-evidence.ts'

/** What the events of a charge measure, by meter and version; or the first that does not belong to it. */
export function measureAgain(input: {
  files: EvidenceFiles
  entry: UsageEntry
  counted: readonly CountedEvent[]
  batches: ReadonlyMap<string, ProvenBatch>
}): { bases: MeterBase[] } | FileFault {
  const { files, entry, counted, batches } = input
  const catalogues = new Map<string, Measuring>()
  const identities = new Set<string>()
  const window = windowOf(entry.window)
  if (window === null) return { where: 'the entry', expected: 'a window', found: 'none' }
  const measured = new MeasuredEvents({ entry, window, spaceId: files.space.id })
  for (const { batch, pos, revision, act, content: given } of counted) {
    const where = `event ${pos} of journal row ${batch}`
    const taken = batches.get(batch)
    const event = taken?.events[pos]
    if (taken === undefined || event === undefined) return { where, expected: 'the event', found: 'none' }
    const stray = [batch, ...(act === null ? [] : [act.batch]), ...(given === undefined ? [] : [given.batch])].find(
      (number) => !isWithin(batches.get(number), number, entry),
    )
    if (stray !== undefined) {
      const { shard, through } = entry.journal
      return { where, expected: `rows of app ${entry.app} in shard ${shard} up to ${through}`, found: `row ${stray}` }
    }
    if (identities.has(event.identity)) return { where, expected: 'each event once', found: 'one that was counted' }
    identities.add(event.identity)
    const content = act === null ? event : contentAfter({ batches, act, given, batch, pos, event })
    if (content === null)
      return { where, expected: `target ${act?.pos} of the act in row ${act?.batch}`, found: 'none' }
    const measuring = catalogues.get(revision) ?? measuringOf(files, revision)
    if (measuring === null) return { where: catalogueFile(revision), expected: 'the catalogue', found: 'none' }
    catalogues.set(revision, measuring)
    const received = parseInstant(taken.receivedAt)
    if (!received.ok) return { where, expected: 'a time of receipt', found: taken.receivedAt }
    const order = [BigInt(batch), BigInt(pos)]
    const fault = measured.add({ measuring, event: content.event, receivedAt: received.value, order })
    if (fault !== null) return { where, ...fault }
  }
  return { bases: measured.bases() }
}

/** Whether a row is of the entry's app, and not newer than what the entry says it is true of. */
function isWithin(row: ProvenBatch | undefined, number: string, entry: UsageEntry): boolean {
  const { shard, through } = entry.journal
  return row?.appId === entry.app && row.shard === shard && BigInt(number) <= BigInt(through)
}

function windowOf({ start, end }: { start: string; end: string }): Window | null {
  const [from, to] = [parseInstant(start), parseInstant(end)]
  return from.ok && to.ok ? { start: from.value, end: to.value } : null
}

function measuringOf(files: EvidenceFiles, revision: string): Measuring | null {
  const document = files.catalogueOf(revision)
  return document === null ? null : { document, projector: createProjector(compileCatalogue(document)) }
}

/**
 * The content that an act gave an event, or, where it gave none, that of the earlier act `given`, or the event's own; null where one of them does not
 * speak of the event.
 */
function contentAfter(input: {
  batches: ReadonlyMap<string, ProvenBatch>
  act: { batch: string; pos: number }
  given: { batch: string; pos: number } | undefined
  batch: string
  pos: number
  event: JournalEvent
}): JournalEvent | null {
  const { act, given, event } = input
  const target = targetOf(input, act)
  if (target === null) return null
  if (target.event !== null) return target.event
  if (given === undefined) return event
  return BigInt(given.batch) < BigInt(act.batch) ? (targetOf(input, given)?.event ?? null) : null
}

function targetOf(
  { batches, batch, pos }: { batches: ReadonlyMap<string, ProvenBatch>; batch: string; pos: number },
  act: { batch: string; pos: number },
): ProvenBatch['targets'][number] | null {
  const target = batches.get(act.batch)?.targets[act.pos]
  return target?.batch === BigInt(batch) && target.pos === pos ? target : null
}
