import { canonicalTuple, type Instant } from '../kernel/index.ts'
import type { Statement, StatementLine, StatementState } from '../statement/index.ts'
import type { FocusCharge } from './charge.ts'
import type { FocusRow } from './column.ts'
import { decimalCell } from './decimal-cell.ts'
import { instantCell, instantOf } from './instant-cell.ts'
import { appUrn, type FocusParties, spaceUrn, textCell } from './party.ts'
import { skuOf } from './sku.ts'

/** A month of the space as FOCUS needs to know it. One for every month of the charges and of what they correct. */
export interface FocusStatement extends Pick<Statement, 'period' | 'currency' | 'lines'> {
  /** `2026-07-acme` */
  id: string
  state: StatementState
  /** when the statement was issued; null exactly while it is open or closing */
  closedAt: Instant | null
  dueAt: Instant | null
}

export function isIssued(statement: FocusStatement): boolean {
  return statement.state === 'closed' || statement.state === 'amended'
}

/** Line n of a statement, from 1: lines of an issued statement never move, so the number is theirs for ever. */
function lineId(statement: FocusStatement, index: number): string {
  return `${statement.id}-${index + 1}`
}

export function billingPeriodRow(statement: FocusStatement, parties: FocusParties): FocusRow {
  const start = instantCell(instantOf(statement.period.start))
  return {
    BillingPeriodCreated: start,
    BillingPeriodEnd: instantCell(instantOf(statement.period.end)),
    BillingPeriodLastUpdated: statement.closedAt === null ? start : instantCell(statement.closedAt),
    BillingPeriodStart: start,
    BillingPeriodStatus: isIssued(statement) ? 'Closed' : 'Open',
    InvoiceIssuerName: parties.operator,
  }
}

/** One row for each line of an issued statement, those of zero too, so that no InvoiceDetailId dangles; none before it is issued. */
export function invoiceDetailRows(statement: FocusStatement, parties: FocusParties): FocusRow[] {
  const { closedAt } = statement
  if (!isIssued(statement) || closedAt === null) return []
  const issued = instantCell(closedAt)
  return statement.lines.map((line, index) => ({
    BilledCost: decimalCell(line.amount),
    BillingAccountId: spaceUrn(parties.space.id),
    BillingCurrency: statement.currency,
    BillingPeriodEnd: instantCell(instantOf(statement.period.end)),
    BillingPeriodStart: instantCell(instantOf(statement.period.start)),
    ChargeCategory: categoryOfLine(line.kind),
    InvoiceDetailCreated: issued,
    InvoiceDetailDescription: descriptionOf(line),
    InvoiceDetailGrain: 'app' in line ? grainOf(line) : null,
    InvoiceDetailId: lineId(statement, index),
    InvoiceDetailLastUpdated: issued,
    InvoiceId: statement.id,
    InvoiceIssueDate: issued,
    InvoiceIssueStatus: 'Issued',
    InvoiceIssuerName: parties.operator,
    PaymentDueDate: statement.dueAt === null ? null : instantCell(statement.dueAt),
    PaymentTerms: parties.paymentTerms,
    ReferenceInvoiceId: statement.id,
  }))
}

/** FOCUS's word for what a line or a charge is. A credit has nothing to do with single charges; the other lumps change the bill. */
export function categoryOfLine(kind: StatementLine['kind']): 'Usage' | 'Credit' | 'Adjustment' {
  if (kind === 'credit') return 'Credit'
  return kind === 'discount' || kind === 'minimum' || kind === 'rounding' ? 'Adjustment' : 'Usage'
}

type UsageLine = Extract<StatementLine, { app: string }>

function grainOf(line: UsageLine): string {
  return JSON.stringify({
    SubAccountId: appUrn(line.app),
    SkuId: line.capability,
    ...(line.isExempt ? { x_Exempt: true } : {}),
    ...(line.kind === 'correction' ? { x_UsagePeriodStart: instantCell(instantOf(line.period.start)) } : {}),
  })
}

function descriptionOf(line: StatementLine): string {
  if (line.kind === 'rounding') return 'Rounding of the statement'
  if (!('app' in line)) return textCell(line.text) ?? line.kind
  const { label } = skuOf(line.capability, line.unit)
  const month = `usage of the month from ${instantCell(instantOf(line.period.start)).slice(0, 10)}`
  return [label, line.isExempt ? 'exempt' : null, line.kind === 'correction' ? month : null]
    .filter((part) => part !== null)
    .join(', ')
}

/**
 * Finds the line of an issued statement that a charge rolls into. Lumps that look the same take the lines that look the same, in order.
 * Throws RangeError for a charge without a line: the export would not add up to the statement.
 */
export function lineFinder(statement: FocusStatement): (charge: FocusCharge) => string {
  const usage = new Map<string, string>()
  const lumps = new Map<string, string[]>()
  for (const [index, line] of statement.lines.entries()) {
    const id = lineId(statement, index)
    if ('app' in line) {
      const isCorrection = line.kind === 'correction'
      usage.set(usageKey({ ...line, isCorrection, month: instantOf(line.period.start) }), id)
    } else {
      const key = lumpKey({ term: null, ...line })
      const ids = lumps.get(key)
      if (ids) ids.push(id)
      else lumps.set(key, [id])
    }
  }
  return (charge) => {
    const id =
      charge.kind === 'usage'
        ? usage.get(usageKey({ ...charge, isCorrection: charge.correction !== null, month: charge.period.start }))
        : lumps.get(lumpKey(charge))?.shift()
    if (id === undefined) {
      const what = charge.kind === 'usage' ? `${charge.app} × ${charge.capability}` : charge.kind
      throw new RangeError(
        `expected a line of ${statement.id} for ${what} of entry ${charge.sequenceFirst}, found none`,
      )
    }
    return id
  }
}

function usageKey(of: {
  app: string
  capability: string
  unit: string
  isExempt: boolean
  isCorrection: boolean
  month: Instant
}): string {
  return canonicalTuple([of.app, of.capability, of.unit, `${of.isExempt}`, `${of.isCorrection}`, `${of.month}`])
}

function lumpKey(of: { kind: string; term: string | null; amount: string }): string {
  return canonicalTuple([of.kind, of.term, of.amount])
}
