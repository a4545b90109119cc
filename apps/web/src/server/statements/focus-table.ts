import {
  BILLING_PERIOD,
  billingPeriodRow,
  COST_AND_USAGE,
  columnNames,
  costAndUsageRows,
  type FocusColumn,
  type FocusDatasetId,
  type FocusParties,
  type FocusRow,
  type FocusStatement,
  focusManifest,
  foldCharges,
  INVOICE_DETAIL,
  invoiceDetailRows,
  profileColumns,
  profileRow,
} from '@meterbook/core/focus'
import { parseInstant } from '@meterbook/core/kernel'
import { type EntryFilter, listApps, type Pool } from '@meterbook/db/postgres'
import { getOperator } from '../env.ts'
import { focusColumns } from '../exports/focus-columns.ts'
import type { EntriesOf, ExportTable, FOCUS_DATASETS, TableAsked, WrittenFile } from './export-statement.ts'
import type { Month } from './read-months.ts'

type FocusName = (typeof FOCUS_DATASETS)[number]

const OPTIONS = { hasTags: false }

const DATASETS: Record<FocusName, { id: FocusDatasetId; columns: readonly FocusColumn[] }> = {
  'cost-and-usage': { id: 'CostAndUsage', columns: COST_AND_USAGE },
  'billing-period': { id: 'BillingPeriod', columns: BILLING_PERIOD },
  'invoice-detail': { id: 'InvoiceDetail', columns: INVOICE_DETAIL },
}

/**
 * A statement as a FOCUS dataset. Cost and Usage holds the charges of one app in memory: one for each environment, capability, tier and day, however many
 * entries and apps there are. Throws RangeError for what FOCUS cannot say without loss.
 */
export async function focusTableOf(
  pool: Pool,
  input: TableAsked & { dataset: FocusName; entries: EntriesOf },
): Promise<ExportTable> {
  const { month, asked, dataset } = input
  const { id, columns } = DATASETS[dataset]
  const parties = await partiesOf(pool, input)
  const rows = dataset === 'cost-and-usage' ? chargeRows(input, parties) : documentRows(input, parties)
  const header = columnNames(columns, OPTIONS)
  const names = asked.profile === '1.2' ? profileColumns(header) : header
  return {
    columns: focusColumns(names, columns),
    rows: asked.profile === '1.2' ? inProfile12(rows, names) : rows,
    focusManifest: (file: WrittenFile) =>
      focusManifest({
        parties,
        version: asked.profile,
        columns: { [id]: names },
        periods: deliveredMonths(input).map(({ statement }) => statement.period),
        takenAt: instantOf(file.takenAt),
        finalUntil: month.settledUntil ?? month.period.start,
        files: [{ dataset: id, ...file }],
      }),
  }
}

/** App by app, and then what is of none: no charge is of two. */
async function* chargeRows(
  { read, month, entries }: TableAsked & { entries: EntriesOf },
  parties: FocusParties,
): AsyncGenerator<FocusRow> {
  const toRow = costAndUsageRows({ parties, statements: read.months.map(focusStatement) })
  for (const accounts of [...accountsByApp(month), [LUMPS]]) {
    const fold = foldCharges()
    for (const account of accounts) for await (const placed of entries(account)) fold.add(placed)
    for (const charge of fold.charges()) yield toRow(charge)
  }
}

const LUMPS: EntryFilter = { kinds: ['rounding', 'discount', 'credit', 'minimum'] }

/** All usage that a statement carries, by its lines, which leave none out; apps ascending. An account at a time is what the ledger's index finds. */
function accountsByApp({ statement }: Month): EntryFilter[][] {
  const apps = new Map<string, Map<string, EntryFilter>>()
  for (const line of statement.lines) {
    if (!('app' in line)) continue
    const { app: appId, capability: capabilityKey, period } = line
    const accounts = apps.get(appId) ?? new Map<string, EntryFilter>()
    const periodStart = instantOf(period.start)
    accounts.set(`${capabilityKey} ${periodStart}`, {
      kinds: ['usage', 'adjustment'],
      appId,
      capabilityKey,
      periodStart,
    })
    apps.set(appId, accounts)
  }
  return [...apps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, accounts]) => [...accounts.values()])
}

function documentRows(input: TableAsked & { dataset: FocusName }, parties: FocusParties): FocusRow[] {
  if (input.dataset === 'invoice-detail') return invoiceDetailRows(focusStatement(input.month), parties)
  return deliveredMonths(input).map((month) => billingPeriodRow(focusStatement(month), parties))
}

/** The month itself, after those that it corrects: who reads a correction must know that its month is closed. */
function deliveredMonths({ read, month }: TableAsked): Month[] {
  const corrected = new Set(
    month.statement.lines.flatMap((line) => (line.kind === 'correction' ? [line.period.start] : [])),
  )
  return read.months.filter((each) => each === month || corrected.has(each.statement.period.start))
}

async function* inProfile12(
  rows: AsyncIterable<FocusRow> | Iterable<FocusRow>,
  columns: readonly string[],
): AsyncGenerator<FocusRow> {
  for await (const row of rows) yield profileRow(row, columns)
}

function focusStatement({ id, state, statement, stored }: Month): FocusStatement {
  const { period, currency, lines } = statement
  return { id, state, closedAt: stored?.closedAt ?? null, dueAt: null, period, currency, lines }
}

/** Names as they are now: since when an app or a space is called so is not kept. */
async function partiesOf(pool: Pool, { read, month }: TableAsked): Promise<FocusParties> {
  const ids = month.statement.lines.flatMap((line) => ('app' in line ? [line.app] : []))
  const apps = await listApps(pool, [...new Set(ids)])
  const operator = getOperator()
  return {
    operator: operator.name,
    space: { id: read.space.id, names: [{ from: null, name: read.space.name }] },
    apps: apps.map(({ id, name }) => ({ id, names: [{ from: null, name }] })),
    paymentTerms: operator.paymentTerms,
  }
}

function instantOf(text: string): bigint {
  const instant = parseInstant(text)
  if (!instant.ok) throw new RangeError(`expected an instant, found ${text}`)
  return instant.value
}
