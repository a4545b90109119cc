import type { Instant } from '../kernel/index.ts'
import type { FocusCharge } from './charge.ts'
import { BILLING_PERIOD, COST_AND_USAGE, columnNames, type FocusTable, INVOICE_DETAIL } from './column.ts'
import { costAndUsageRows } from './cost-and-usage.ts'
import { type FocusFile, type FocusManifest, focusManifest } from './manifest.ts'
import type { FocusParties } from './party.ts'
import { billingPeriodRow, type FocusStatement, invoiceDetailRows } from './statement.ts'

/** Everything that FOCUS 1.4 asks us to deliver, as values. */
export interface FocusDataset {
  costAndUsage: FocusTable
  billingPeriod: FocusTable
  invoiceDetail: FocusTable
  manifest: FocusManifest
}

/**
 * The three datasets of a delivery and their metadata, in memory: for one month of one space. Larger ones go row by row, see costAndUsageRows.
 * Throws RangeError for what FOCUS cannot express without loss.
 * @param input.statements every month that the charges are billed in, and every closed month that they correct
 */
export function focusDataset(input: {
  parties: FocusParties
  charges: readonly FocusCharge[]
  statements: readonly FocusStatement[]
  takenAt: Instant
  finalUntil: Instant
  files?: readonly FocusFile[]
}): FocusDataset {
  const { parties, statements } = input
  const options = { hasTags: parties.hasTags === true }
  const toRow = costAndUsageRows({ parties, statements })
  const costAndUsage = { columns: columnNames(COST_AND_USAGE, options), rows: input.charges.map(toRow) }
  const billingPeriod = {
    columns: columnNames(BILLING_PERIOD, options),
    rows: statements.map((statement) => billingPeriodRow(statement, parties)),
  }
  const invoiceDetail = {
    columns: columnNames(INVOICE_DETAIL, options),
    rows: statements.flatMap((statement) => invoiceDetailRows(statement, parties)),
  }
  return {
    costAndUsage,
    billingPeriod,
    invoiceDetail,
    manifest: focusManifest({
      parties,
      version: '1.4',
      columns: {
        CostAndUsage: costAndUsage.columns,
        BillingPeriod: billingPeriod.columns,
        InvoiceDetail: invoiceDetail.columns,
      },
      periods: statements.map(({ period }) => period),
      takenAt: input.takenAt,
      finalUntil: input.finalUntil,
      files: input.files ?? [],
    }),
  }
}
