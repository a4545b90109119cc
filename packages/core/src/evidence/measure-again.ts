import { type CatalogueDocument, compileCatalogue } from '../catalogue/index.ts'
import { fromScaled, parseInstant, QUANTITY_SCALE, type Sha256 } from '../kernel/index.ts'
import type { MeterBase } from '../posting/index.ts'
import { createProjector, type Projector } from '../projection/index.ts'
import { catalogueFile, type EvidenceFiles, type FileFault } from './bundle.ts'
import type { JournalEvent, ProvenBatch } from './check-journal.ts'
import type { UsageEntry } from './verify-evidence.ts'

interface Measuring {
  document: CatalogueDocument
  projector: Projector
}

interface Sum {
  meter: string
  version: number
  base: bigint
  divisor: string
}

/** What the events of a charge measure, by meter and version; or the first that does not belong to it. */
export function measureAgain(input: {
  files: EvidenceFiles
  entry: UsageEntry
  batches: ReadonlyMap<string, ProvenBatch>
  sha256: Sha256
}): { bases: MeterBase[] } | FileFault {
  const { files, entry, batches } = input
  const catalogues = new Map<string, Measuring>()
  const identities = new Set<string>()
  const sums = new Map<string, Sum>()
  for (const { batch, pos, revision, act } of files.charge.counted) {
    const where = `event ${pos} of journal row ${batch}`
    const taken = batches.get(batch)
    const event = taken?.events[pos]
    if (taken === undefined || event === undefined) return { where, expected: 'the event', found: 'none' }
    if (identities.has(event.identity)) return { where, expected: 'each event once', found: 'one that was counted' }
    identities.add(event.identity)
    const content = act === null ? event : contentAfter({ batches, act, batch, pos, event })
    if (content === null)
      return { where, expected: `target ${act?.pos} of the act in row ${act?.batch}`, found: 'none' }
    const measuring = catalogues.get(revision) ?? measuringOf(files, revision)
    if (measuring === null) return { where: catalogueFile(revision), expected: 'the catalogue', found: 'none' }
    catalogues.set(revision, measuring)
    const fault = add(sums, { measuring, entry, spaceId: files.space.id, content, receivedAt: taken.receivedAt })
    if (fault !== null) return { where, ...fault }
  }
  return { bases: [...sums.values()].map((sum) => ({ ...sum, base: fromScaled(sum.base, QUANTITY_SCALE) })) }
}

function measuringOf(files: EvidenceFiles, revision: string): Measuring | null {
  const document = files.catalogueOf(revision)
  return document === null ? null : { document, projector: createProjector(compileCatalogue(document)) }
}

/** The content that an act gave an event, or the event's own where it gave none; null where the act does not speak of it. */
function contentAfter(input: {
  batches: ReadonlyMap<string, ProvenBatch>
  act: { batch: string; pos: number }
  batch: string
  pos: number
  event: JournalEvent
}): JournalEvent | null {
  const target = input.batches.get(input.act.batch)?.targets[input.act.pos]
  if (target === undefined || target.batch !== BigInt(input.batch) || target.pos !== input.pos) return null
  return target.event ?? input.event
}

function add(
  sums: Map<string, Sum>,
  input: { measuring: Measuring; entry: UsageEntry; spaceId: string; content: JournalEvent; receivedAt: string },
): { expected: string; found: string } | null {
  const { measuring, entry, spaceId, content } = input
  const received = parseInstant(input.receivedAt)
  const [start, end] = [parseInstant(entry.window.start), parseInstant(entry.window.end)]
  if (!received.ok || !start.ok || !end.ok) return { expected: 'times that can be read', found: 'others' }
  const at = content.event.time ?? received.value
  const { environment } = content.event
  const found = measuring.projector.project({ event: content.event, appId: entry.app, at, receivedAt: received.value })
  const isOfWindow =
    found.spaceId === spaceId && environment === entry.environment && at >= start.value && at < end.value
  let count = 0
  for (const record of isOfWindow ? found.records : []) {
    const meter = measuring.document.meters.find(({ slug }) => slug === record.meter)
    const version = meter?.versions.find((each) => each.version === record.meterVersion)
    if (meter?.capabilityKey !== entry.capability || version === undefined || record.isExempt !== entry.exempt) continue
    if (version.aggregation !== 'SUM' && version.aggregation !== 'COUNT') {
      return { expected: 'a meter that adds up', found: `${meter.slug}, which is ${version.aggregation}` }
    }
    const key = `${record.meter} ${record.meterVersion}`
    const one = version.aggregation === 'COUNT' ? 10n ** BigInt(QUANTITY_SCALE) : record.quantity
    const sum = sums.get(key) ?? { meter: meter.slug, version: version.version, base: 0n, divisor: version.divisor }
    sums.set(key, { ...sum, base: sum.base + one })
    count++
  }
  if (count > 0) return null
  return { expected: 'usage of the window, environment and capability of the entry', found: 'none of it' }
}
