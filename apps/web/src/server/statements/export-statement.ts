import { canonicalJson, formatInstant, type Instant, type JsonValue } from '@meterbook/core/kernel'
import { type BilledSpace, type EntryFilter, type Pool, readEntries, type StoredEntry } from '@meterbook/db/postgres'
import { encodeCsv } from '../exports/encode-csv.ts'
import { encodeParquet } from '../exports/encode-parquet.ts'
import type { ExportColumn, ExportInput, ExportRow, ExportStream } from '../exports/export-stream.ts'
import { focusTableOf } from './focus-table.ts'
import { hasAmount, PRICED_KINDS, type PricedEntry } from './read-line-entries.ts'
import { type Month, readMonths, type SpaceMonths } from './read-months.ts'
import { namedLines } from './statement-line-id.ts'

export const FOCUS_DATASETS = ['cost-and-usage', 'billing-period', 'invoice-detail'] as const
export const EXPORT_DATASETS = ['lines', 'entries', ...FOCUS_DATASETS] as const
export type ExportDataset = (typeof EXPORT_DATASETS)[number]

/** Which file. `profile` is FOCUS's version; 1.2 has Cost and Usage only. */
export interface ExportAsked {
  dataset: ExportDataset
  encoding: 'csv' | 'parquet'
  profile: '1.4' | '1.2'
}

/** A file of a statement. Of an issued one its bytes are the same whenever it is asked for. */
export interface StatementExport {
  fileName: string
  stream: ExportStream
  ledgerSequence: string
  takenAt: string
  /** FOCUS's own metadata, where the dataset is one of FOCUS; asked for once the file is whole */
  focusManifest: (() => object) | null
}

const PAGE_ENTRIES = 1_000

/** null: the space has no such statement. Throws RangeError, at first or while it is read, for what FOCUS cannot say without loss. */
export async function exportStatement(
  pool: Pool,
  input: { space: BilledSpace; id: string; asked: ExportAsked; asOf: Instant },
): Promise<StatementExport | null> {
  const { space, id, asked, asOf } = input
  const read = await readMonths(pool, { space, asOf })
  const month = read.months.find((each) => each.id === id)
  if (month === undefined) return null
  const taken = {
    ledgerSequence: (month.stored?.ledgerSequence ?? read.head?.sequence ?? 0n).toString(),
    takenAt: formatInstant(month.stored?.closedAt ?? asOf),
  }
  const encode = asked.encoding === 'csv' ? encodeCsv : encodeParquet
  const table = await tableOf(pool, { read, month, asked, taken })
  const fileName = `${id}-${asked.dataset}.${asked.encoding}`
  const stream = encode({ ...table, ...taken })
  const { focusManifest } = table
  const ofFile = focusManifest === null ? null : () => focusManifest({ path: fileName, ...stream.manifest() })
  return { fileName, stream, ...taken, focusManifest: ofFile }
}

/** What was written, for the metadata of a delivery. */
export interface WrittenFile {
  path: string
  rows: number
  bytes: number
  sha256: string
  ledgerSequence: string
  takenAt: string
}

export type ExportTable = Pick<ExportInput, 'columns' | 'rows'> & {
  focusManifest: ((file: WrittenFile) => object) | null
}

export interface TableAsked {
  read: SpaceMonths
  month: Month
  asked: ExportAsked
  taken: { ledgerSequence: string; takenAt: string }
}

async function tableOf(pool: Pool, input: TableAsked): Promise<ExportTable> {
  const { read, month, asked } = input
  if (asked.dataset === 'lines') return { columns: LINE_COLUMNS, rows: lineRows(month), focusManifest: null }
  const entries: EntriesOf = (narrow) => entriesOf(pool, input, narrow)
  if (asked.dataset !== 'entries') return focusTableOf(pool, { ...input, dataset: asked.dataset, entries })
  return { columns: ENTRY_COLUMNS, rows: entryRows(entries({}), read.space), focusManifest: null }
}

/** Everything that the statement carries, or of it what is asked for, in the order of the chain, up to where it was taken. */
export type EntriesOf = (narrow: EntryFilter) => AsyncIterable<PlacedEntry>

async function* entriesOf(
  pool: Pool,
  { read, month, taken }: TableAsked,
  narrow: EntryFilter,
): AsyncGenerator<PlacedEntry> {
  const filter = { kinds: PRICED_KINDS, ...narrow, billedInStart: month.period.start }
  const place = { spaceId: read.space.id, through: BigInt(taken.ledgerSequence), filter, limit: PAGE_ENTRIES }
  let after = 0n
  for (;;) {
    const page = await readEntries(pool, { ...place, after })
    for (const { entry, ...rest } of page) if (hasAmount(entry)) yield { ...rest, entry }
    if (page.length < PAGE_ENTRIES) return
    after = page.at(-1)?.sequence ?? after
  }
}

export type PlacedEntry = Omit<StoredEntry, 'entry'> & { entry: PricedEntry }

const LINE_COLUMNS: readonly ExportColumn[] = [
  { name: 'statement', kind: 'text' },
  { name: 'state', kind: 'text' },
  { name: 'line', kind: 'integer' },
  { name: 'line_id', kind: 'text' },
  { name: 'kind', kind: 'text' },
  { name: 'app_id', kind: 'text' },
  { name: 'capability', kind: 'text' },
  { name: 'usage_month_start', kind: 'instant' },
  { name: 'usage_month_end', kind: 'instant' },
  { name: 'exempt', kind: 'text' },
  { name: 'quantity', kind: 'decimal' },
  { name: 'unit', kind: 'text' },
  { name: 'amount', kind: 'decimal' },
  { name: 'currency', kind: 'text' },
  { name: 'entries', kind: 'integer' },
  { name: 'text', kind: 'text' },
]

function* lineRows({ id, state, statement }: Month): Generator<ExportRow> {
  for (const { id: lineId, number, line } of namedLines(statement)) {
    const usage = 'app' in line ? line : null
    yield {
      statement: id,
      // An issued statement's file does not change when it is corrected in another one.
      state: state === 'amended' ? 'closed' : state,
      line: `${number}`,
      line_id: lineId,
      kind: line.kind,
      app_id: usage?.app ?? null,
      capability: usage?.capability ?? null,
      usage_month_start: usage?.period.start ?? null,
      usage_month_end: usage?.period.end ?? null,
      exempt: usage === null ? null : `${usage.isExempt}`,
      quantity: usage?.quantity ?? null,
      unit: usage?.unit ?? null,
      amount: line.amount,
      currency: statement.currency,
      entries: usage === null ? null : `${usage.entries}`,
      text: 'text' in line ? line.text : null,
    }
  }
}

const ENTRY_COLUMNS: readonly ExportColumn[] = [
  { name: 'ledger', kind: 'text' },
  { name: 'sequence', kind: 'integer' },
  { name: 'kind', kind: 'text' },
  { name: 'posted_at', kind: 'instant' },
  { name: 'app_id', kind: 'text' },
  { name: 'environment', kind: 'text' },
  { name: 'exempt', kind: 'text' },
  { name: 'capability', kind: 'text' },
  { name: 'window_start', kind: 'instant' },
  { name: 'window_end', kind: 'instant' },
  { name: 'usage_month_start', kind: 'instant' },
  { name: 'billed_in_start', kind: 'instant' },
  { name: 'quantity', kind: 'decimal' },
  { name: 'unit', kind: 'text' },
  { name: 'amount', kind: 'decimal' },
  { name: 'currency', kind: 'text' },
  { name: 'parts', kind: 'text' },
  { name: 'adjusts', kind: 'integer' },
  { name: 'reason', kind: 'text' },
  { name: 'journal_shard', kind: 'integer' },
  { name: 'journal_through', kind: 'integer' },
  { name: 'text', kind: 'text' },
  { name: 'hash', kind: 'text' },
]

async function* entryRows(entries: AsyncIterable<PlacedEntry>, { id }: BilledSpace): AsyncGenerator<ExportRow> {
  for await (const { sequence, hash, entry } of entries) {
    const usage = entry.kind === 'usage' || entry.kind === 'adjustment' ? entry : null
    const adjustment = entry.kind === 'adjustment' ? entry : null
    yield {
      ledger: id,
      sequence: `${sequence}`,
      kind: entry.kind,
      posted_at: entry.postedAt,
      app_id: usage?.app ?? null,
      environment: usage?.environment ?? null,
      exempt: usage === null ? null : `${usage.exempt}`,
      capability: usage?.capability ?? null,
      window_start: usage?.window.start ?? null,
      window_end: usage?.window.end ?? null,
      usage_month_start: entry.period.start,
      billed_in_start: entry.billedIn.start,
      quantity: usage?.quantity ?? null,
      unit: usage?.unit ?? null,
      amount: entry.amount,
      currency: entry.currency,
      parts: usage === null ? null : canonicalJson(usage.parts as unknown as JsonValue),
      adjusts: adjustment?.adjusts ?? null,
      reason: adjustment?.reason ?? null,
      journal_shard: usage === null ? null : `${usage.journal.shard}`,
      journal_through: usage?.journal.through ?? null,
      text: 'text' in entry ? entry.text : null,
      hash,
    }
  }
}
