import { canonicalTuple, compareDecimals, multiplyDecimals, subtractDecimals } from '../../kernel/index.ts'
import { minorDigitsOf } from '../../statement/index.ts'
import { COST_AND_USAGE, type FocusRow } from '../column.ts'
import { isCurrency, subunitOf } from '../currency.ts'
import { sumOf } from './check-costs.ts'
import { absolute, areEqual, type Check, type CheckInput, eachRow, numberIn, shown, squareRoot } from './fault.ts'

const NONE = 'none'
const STATUSES = ['Open', 'Issued', 'Voided']

function periodKey(row: FocusRow): string {
  return canonicalTuple([row.BillingPeriodStart ?? null, row.InvoiceIssuerName ?? null])
}

function lineKey(row: FocusRow): string {
  return canonicalTuple([row.InvoiceIssuerName ?? null, row.InvoiceId ?? null, row.InvoiceDetailId ?? null])
}

function eachPeriod(
  input: CheckInput,
  look: (row: FocusRow, fault: (column: string, expected: string) => void) => void,
): void {
  for (const [index, row] of input.dataset.billingPeriod.rows.entries()) {
    look(row, (column, expected) =>
      input.report({ dataset: 'BillingPeriod', row: index, column, expected, found: shown(row[column] ?? null) }),
    )
  }
}

function eachLine(
  input: CheckInput,
  look: (row: FocusRow, fault: (column: string, expected: string) => void) => void,
): void {
  for (const [index, row] of input.dataset.invoiceDetail.rows.entries()) {
    look(row, (column, expected) =>
      input.report({ dataset: 'InvoiceDetail', row: index, column, expected, found: shown(row[column] ?? null) }),
    )
  }
}

/** 62: every month that bills has one row of its own, with the same end. */
export const everyMonthHasItsPeriod: Check = (input) => {
  const periods = Map.groupBy(input.dataset.billingPeriod.rows, periodKey)
  eachRow(input, (row, fault) => {
    const found = periods.get(periodKey(row)) ?? []
    if (found.length !== 1) fault('BillingPeriodStart', `one Billing Period row, found ${found.length}`)
    else if (found[0]?.BillingPeriodEnd !== row.BillingPeriodEnd)
      fault('BillingPeriodEnd', `${found[0]?.BillingPeriodEnd}`)
  })
}

/** 63: a closed month stays closed. */
export const periodsOnlyClose: Check = (input) => {
  const before = new Map((input.facts.earlierPeriods ?? []).map((row) => [periodKey(row), row]))
  eachPeriod(input, (row, fault) => {
    if ((row.BillingPeriodLastUpdated ?? '') < (row.BillingPeriodCreated ?? '')) {
      fault('BillingPeriodLastUpdated', `from ${row.BillingPeriodCreated} on`)
    }
    if (!['Open', 'Closed'].includes(row.BillingPeriodStatus ?? '')) fault('BillingPeriodStatus', 'Open or Closed')
    if (before.get(periodKey(row))?.BillingPeriodStatus === 'Closed' && row.BillingPeriodStatus !== 'Closed') {
      fault('BillingPeriodStatus', 'Closed, as it was')
    }
  })
}

/** 64: rows of a closed month name their line; rows of an open one have none yet. */
export const closedRowsHaveTheirInvoice: Check = (input) => {
  const statuses = new Map(input.dataset.billingPeriod.rows.map((row) => [periodKey(row), row.BillingPeriodStatus]))
  eachRow(input, (row, fault) => {
    const isClosed = statuses.get(periodKey(row)) === 'Closed'
    for (const column of ['InvoiceId', 'InvoiceDetailId']) {
      if (((row[column] ?? null) !== null) !== isClosed)
        fault(column, isClosed ? 'not null' : 'null while the month is open')
    }
  })
}

const SHARED = ['BillingAccountId', 'BillingCurrency', 'BillingPeriodStart', 'BillingPeriodEnd', 'InvoiceIssuerName']

/** 65: no line dangles, and none is there twice. */
export const linesExistOnce: Check = (input) => {
  const lines = Map.groupBy(input.dataset.invoiceDetail.rows, lineKey)
  eachLine(input, (row, fault) => {
    if ((lines.get(lineKey(row))?.length ?? 0) > 1) fault('InvoiceDetailId', 'unique within its invoice')
  })
  eachRow(input, (row, fault) => {
    if ((row.InvoiceDetailId ?? null) === null) return
    const line = lines.get(lineKey(row))?.[0]
    if (line === undefined) fault('InvoiceDetailId', 'a line of Invoice Detail')
    else
      for (const column of SHARED)
        if (line[column] !== row[column]) fault(column, `${line[column]}, as its line has it`)
  })
}

/** 66 */
export const linesHaveOneCategory: Check = (input) => {
  const lines = new Map(input.dataset.invoiceDetail.rows.map((row) => [lineKey(row), row]))
  eachRow(input, (row, fault) => {
    const line = lines.get(lineKey(row))
    if (line !== undefined && line.ChargeCategory !== row.ChargeCategory)
      fault('ChargeCategory', `${line.ChargeCategory}`)
  })
}

/** 67: rows add up to lines and invoices, to the last digit; others' data within FOCUS's tolerance. */
export const rowsAddUpToLines: Check = (input) => {
  const isBilled = (row: FocusRow) => (row.InvoiceId ?? null) !== null && row.ChargeCategory !== 'Tax'
  const rows = input.dataset.costAndUsage.rows.filter(isBilled)
  const lines = input.dataset.invoiceDetail.rows.filter((row) => row.InvoiceIssueStatus !== 'Open' && isBilled(row))
  const invoiceKey = (row: FocusRow) => canonicalTuple([row.InvoiceIssuerName ?? null, row.InvoiceId ?? null])
  // an invoice of which nothing is here was not exported
  const invoices = new Set(rows.map(invoiceKey))
  for (const keyOf of [lineKey, invoiceKey]) {
    const usage = Map.groupBy(rows, keyOf)
    for (const [key, ofKey] of Map.groupBy(lines, keyOf)) {
      if (!invoices.has(invoiceKey(ofKey[0] ?? {}))) continue
      const charges = usage.get(key) ?? []
      const [expected, found] = [sumOf(ofKey, 'BilledCost'), sumOf(charges, 'BilledCost')]
      const tolerance = input.facts.isForeign === true ? toleranceOf(charges) : '0'
      if (compareDecimals(absolute(subtractDecimals(expected, found)), tolerance) <= 0) continue
      input.report({
        dataset: 'CostAndUsage',
        row: null,
        column: 'BilledCost',
        expected: `${expected} for ${key}`,
        found,
      })
    }
  }
}

/** MAX(100 × subunit, √rows × 0.5 × subunit) */
function toleranceOf(rows: readonly FocusRow[]): string {
  const subunit = subunitOf(rows[0]?.BillingCurrency ?? 'USD')
  const [flat, grown] = [
    multiplyDecimals('100', subunit),
    multiplyDecimals(multiplyDecimals(squareRoot(rows.length), '0.5'), subunit),
  ]
  return compareDecimals(flat, grown) >= 0 ? flat : grown
}

/** 68: an issued invoice comes to what is to be paid, which is a whole number of the smallest unit. */
export const invoicesArePayable: Check = (input) => {
  const issued = input.dataset.invoiceDetail.rows.filter((row) => row.InvoiceIssueStatus === 'Issued')
  for (const [invoice, lines] of Map.groupBy(issued, (row) => row.InvoiceId ?? '')) {
    const found = sumOf(lines, 'BilledCost')
    const fault = (expected: string) =>
      input.report({
        dataset: 'InvoiceDetail',
        row: null,
        column: 'BilledCost',
        expected: `${expected} for ${invoice}`,
        found,
      })
    const currency = lines[0]?.BillingCurrency ?? ''
    const [, fraction = ''] = found.split('.')
    if (isCurrency(currency) && fraction.length > minorDigitsOf(currency))
      fault(`whole units of ${subunitOf(currency)}`)
    const payable = input.facts.payables?.get(invoice) ?? null
    if (payable !== null && !areEqual(found, payable)) fault(payable)
  }
}

/** 69 */
export const linesAreMadeBeforeTheyChange: Check = (input) => {
  const periods = new Map(input.dataset.billingPeriod.rows.map((row) => [periodKey(row), row]))
  eachLine(input, (row, fault) => {
    const created = row.InvoiceDetailCreated ?? ''
    if (created > (row.InvoiceDetailLastUpdated ?? ''))
      fault('InvoiceDetailCreated', `until ${row.InvoiceDetailLastUpdated}`)
    const period = periods.get(periodKey(row))
    if (period?.BillingPeriodStatus === 'Closed' && created > (period.BillingPeriodLastUpdated ?? '')) {
      fault('InvoiceDetailCreated', `until ${period.BillingPeriodLastUpdated}`)
    }
  })
}

/** 70 */
export const linesSayHowTheyStand: Check = (input) =>
  eachLine(input, (row, fault) => {
    if (!STATUSES.includes(row.InvoiceIssueStatus ?? '')) fault('InvoiceIssueStatus', STATUSES.join(' or '))
    if (row.InvoiceIssueStatus === 'Issued' && (row.InvoiceIssueDate ?? null) === null)
      fault('InvoiceIssueDate', 'not null')
    for (const column of ['ReferenceInvoiceId', 'PaymentTerms'])
      if ((row[column] ?? null) === null) fault(column, 'not null')
  })

/** 71: what was delivered of a closed month is delivered again, byte for byte. */
export const closedFilesAreFinal: Check = (input) => {
  const files = new Map(input.dataset.manifest.Files.map((file) => [file.path, file]))
  for (const [path, expected] of input.facts.firstDelivery ?? []) {
    const found = files.get(path)?.sha256 ?? NONE
    if (found !== expected) input.report({ dataset: 'Manifest', row: null, column: path, expected, found })
  }
}

/** 72: the 1.2 profile has the same sums. That the official validator passes it is not checked here: it is not of this world of Node. */
export const profileHasTheSameSums: Check = (input) => {
  const { profile12 } = input.facts
  if (profile12 === undefined) return
  const sums = COST_AND_USAGE.filter(({ type }) => type === 'decimal').map(({ name }) => name)
  for (const column of sums) {
    const [expected, found] = [sumOf(input.dataset.costAndUsage.rows, column), sumOf(profile12.rows, column)]
    if (!areEqual(expected, found)) {
      input.report({ dataset: 'CostAndUsage', row: null, column, expected: `${expected} in the 1.2 profile`, found })
    }
  }
  for (const [index, row] of profile12.rows.entries()) {
    if (row.ProviderName === row.InvoiceIssuerName || areEqual(numberIn(row, 'BilledCost'), '0')) continue
    const expected = `${row.InvoiceIssuerName}, who bills it`
    input.report({
      dataset: 'CostAndUsage',
      row: index,
      column: 'ProviderName',
      expected,
      found: shown(row.ProviderName ?? null),
    })
  }
}
