import { compareDecimals, decimal } from '../../kernel/index.ts'
import type { PriceVersion } from '../../rating/index.ts'
import type { FocusRow, FocusTable } from '../column.ts'
import type { FocusDataset } from '../dataset.ts'
import type { FocusDatasetId } from '../manifest.ts'
import type { NameSpell } from '../party.ts'

/** What is wrong, and where. `row` counts from 0 in the dataset's rows; null for the table as a whole. */
export interface FocusFault {
  /** 1 to 72, see docs/exports.md */
  check: number
  dataset: FocusDatasetId | 'Manifest'
  row: number | null
  column: string | null
  expected: string
  found: string
}

/** What a dataset is compared with beyond itself. What is not given is not compared. */
export interface FocusFacts {
  /** IANA name; months begin and end in it */
  billingZone: string
  hasTags: boolean
  /** the space's prices */
  prices: readonly PriceVersion[]
  /** all names that ids had, by the id as it stands in the rows */
  names: ReadonlyMap<string, readonly NameSpell[]>
  /** issuers that may bill for another provider */
  authorisedIssuers?: readonly string[]
  /** rows of an earlier export, whose ids must still mean the same */
  earlierRows?: readonly FocusRow[]
  /** billing periods as they were delivered earlier */
  earlierPeriods?: readonly FocusRow[]
  /** rows of other billing periods, so that months of usage are whole; see completeMonths */
  otherRows?: readonly FocusRow[]
  /** BillingPeriodStart of the months of which all rows, corrections in any period among them, are here or in otherRows */
  completeMonths?: readonly string[]
  /** what statement and portal say: Σ BilledCost of the rows that have these cells */
  totals?: readonly { where: FocusRow; billedCost: string }[]
  /** what is to be paid, by InvoiceId */
  payables?: ReadonlyMap<string, string>
  /** SHA-256 of a closed month's files as they were first delivered, by path */
  firstDelivery?: ReadonlyMap<string, string>
  /** the same rows as FOCUS 1.2 */
  profile12?: FocusTable
  /** data of others: sums may differ by FOCUS's tolerance */
  isForeign?: boolean
}

/** What a check works with. `report` takes a fault of the check that runs. */
export interface CheckInput {
  dataset: FocusDataset
  facts: FocusFacts
  report(fault: Omit<FocusFault, 'check'>): void
}

export type Check = (input: CheckInput) => void

/** Calls for every row of Cost and Usage; `fault` names a column of that row with what was expected, and says what is there. */
export function eachRow(
  { dataset, report }: CheckInput,
  look: (row: FocusRow, fault: (column: string, expected: string) => void, index: number) => void,
): void {
  for (const [index, row] of dataset.costAndUsage.rows.entries()) {
    look(
      row,
      (column, expected) =>
        report({ dataset: 'CostAndUsage', row: index, column, expected, found: shown(row[column] ?? null) }),
      index,
    )
  }
}

export function shown(cell: string | null): string {
  return cell === null ? 'null' : JSON.stringify(cell.slice(0, 200))
}

/** The cell, if it is the text of a decimal; otherwise null: that it is none is another check's fault. */
export function numberIn(row: FocusRow, column: string): string | null {
  const cell = row[column] ?? null
  return cell !== null && cell.length <= 400 && /^-?\d+(?:\.\d+)?$/.test(cell) ? plain(cell) : null
}

/** Leading zeros are no decimal of ours, but still a number. */
function plain(cell: string): string {
  return cell.replace(/^(-?)0+(?=\d)/, '$1')
}

export function isZero(text: string | null): boolean {
  return text !== null && compareDecimals(text, '0') === 0
}

/** Equal as numbers. Not equal where one is null and the other not. */
export function areEqual(a: string | null, b: string | null): boolean {
  return a === null || b === null ? a === b : compareDecimals(a, b) === 0
}

export function signOf(text: string): number {
  return compareDecimals(text, '0')
}

export function absolute(text: string): string {
  return text.replace('-', '')
}

/** ⌈√n⌉ is enough for a tolerance. */
export function squareRoot(rows: number): string {
  return decimal(`${rows}`).sqrt().toDecimalPlaces(6).toFixed()
}
