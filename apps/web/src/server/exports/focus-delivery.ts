import {
  BILLING_PERIOD,
  billingPeriodRow,
  COST_AND_USAGE,
  columnNames,
  costAndUsageRows,
  type FocusColumn,
  type FocusDatasetId,
  type FocusManifest,
  type FocusParties,
  type FocusStatement,
  focusManifest,
  foldCharges,
  INVOICE_DETAIL,
  invoiceDetailRows,
  type PlacedEntry,
  profileColumns,
  profileRow,
} from '@meterbook/core/focus'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { encodeCsv } from './encode-csv.ts'
import { encodeParquet } from './encode-parquet.ts'
import type { ExportRow, ExportStream } from './export-stream.ts'
import { focusColumns } from './focus-columns.ts'

type Several<T> = AsyncIterable<T> | Iterable<T>

export interface FocusDeliveryInput {
  /** 1.2: Cost and Usage only, in all the columns of that version */
  version: '1.4' | '1.2'
  format: 'csv' | 'parquet'
  parties: FocusParties
  /** every month that is delivered, and every closed month that its entries correct */
  statements: readonly FocusStatement[]
  /**
   * The entries that are billed in those months, in portions that no app stands in two of (an app's entries are one, what has no app is
   * another): the charges of one portion are held in memory at a time, and rows come in the order of portions.
   */
  portions: Several<Several<PlacedEntry>>
  /** columns of Cost and Usage that are wanted; absent: all */
  columns?: readonly string[]
  ledgerSequence: bigint
  takenAt: Instant
  /** usage before it cannot change any more */
  finalUntil: Instant
}

export interface FocusDeliveryFile {
  /** beside the manifest: `cost-and-usage.csv` */
  path: string
  dataset: FocusDatasetId
  stream: ExportStream
}

export interface FocusDelivery {
  /** Each is to be read once, one after another. */
  files: FocusDeliveryFile[]
  /** FOCUS's metadata with rows, bytes and SHA-256 of every file. Throws RangeError before the last byte of all files was taken. */
  manifest(): FocusManifest
}

/**
 * The files of a FOCUS delivery as streams. Throws RangeError for a column that there is not; reading throws RangeError for what FOCUS cannot
 * express without loss.
 */
export function focusDelivery(input: FocusDeliveryInput): FocusDelivery {
  const { parties, statements, version } = input
  const options = { hasTags: parties.hasTags === true }
  const native = columnNames(COST_AND_USAGE, options)
  const header = wanted(version === '1.2' ? profileColumns(native) : native, input.columns)
  const files = [
    fileOf(input, { dataset: 'CostAndUsage', header, definitions: COST_AND_USAGE, rows: usageRows(input, header) }),
  ]
  if (version === '1.4') {
    const periods = statements.map((statement) => billingPeriodRow(statement, parties))
    const lines = statements.flatMap((statement) => invoiceDetailRows(statement, parties))
    files.push(
      fileOf(input, {
        dataset: 'BillingPeriod',
        header: columnNames(BILLING_PERIOD, options),
        definitions: BILLING_PERIOD,
        rows: periods,
      }),
      fileOf(input, {
        dataset: 'InvoiceDetail',
        header: columnNames(INVOICE_DETAIL, options),
        definitions: INVOICE_DETAIL,
        rows: lines,
      }),
    )
  }
  return {
    files: files.map(({ path, dataset, stream }) => ({ path, dataset, stream })),
    manifest: () =>
      focusManifest({
        parties,
        version,
        columns: Object.fromEntries(files.map(({ dataset, header }) => [dataset, header])),
        periods: statements.map(({ period }) => period),
        takenAt: input.takenAt,
        finalUntil: input.finalUntil,
        files: files.map(({ path, dataset, stream }) => {
          const { rows, bytes, sha256, ledgerSequence, takenAt } = stream.manifest()
          return { path, dataset, rows, bytes, sha256, ledgerSequence, takenAt }
        }),
      }),
  }
}

async function* usageRows(input: FocusDeliveryInput, header: readonly string[]): AsyncGenerator<ExportRow> {
  const toRow = costAndUsageRows({ parties: input.parties, statements: input.statements })
  for await (const portion of input.portions) {
    const fold = foldCharges()
    for await (const placed of portion) fold.add(placed)
    for (const charge of fold.charges())
      yield input.version === '1.2' ? profileRow(toRow(charge), header) : toRow(charge)
  }
}

/** The header's order stays: FOCUS wants it. */
function wanted(header: readonly string[], columns: readonly string[] | undefined): readonly string[] {
  if (columns === undefined) return header
  for (const name of columns)
    if (!header.includes(name))
      throw new RangeError(`expected a column of the export, found ${JSON.stringify(name.slice(0, 60))}`)
  return header.filter((name) => columns.includes(name))
}

const PATHS: Record<FocusDatasetId, string> = {
  CostAndUsage: 'cost-and-usage',
  BillingPeriod: 'billing-period',
  InvoiceDetail: 'invoice-detail',
}

function fileOf(
  input: FocusDeliveryInput,
  file: {
    dataset: FocusDatasetId
    header: readonly string[]
    definitions: readonly FocusColumn[]
    rows: Several<ExportRow>
  },
) {
  const encode = input.format === 'csv' ? encodeCsv : encodeParquet
  const stream = encode({
    columns: focusColumns(file.header, file.definitions),
    rows: file.rows,
    ledgerSequence: `${input.ledgerSequence}`,
    takenAt: formatInstant(input.takenAt),
  })
  return { path: `${PATHS[file.dataset]}.${input.format}`, dataset: file.dataset, header: file.header, stream }
}
