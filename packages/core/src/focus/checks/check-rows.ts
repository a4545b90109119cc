import { canonicalTuple, compareDecimals } from '../../kernel/index.ts'
import type { FocusRow } from '../column.ts'
import { instantOf } from '../instant-cell.ts'
import { type NameSpell, nameAt } from '../party.ts'
import { categoryOf } from '../service-category.ts'
import { sumOf } from './check-costs.ts'
import { areEqual, type Check, type CheckInput, eachRow, numberIn } from './fault.ts'
import { isInstant, skuPriceFacts } from './price-fact.ts'

/** Rows that agree in `of` agree in each of `columns`. */
function oneFor(input: CheckInput, of: readonly string[], columns: readonly string[]): void {
  const first = new Map<string, FocusRow>()
  eachRow(input, (row, fault) => {
    if ((row[of[0] ?? ''] ?? null) === null) return
    const key = canonicalTuple(of.map((name) => row[name] ?? null))
    const before = first.get(key)
    if (before === undefined) first.set(key, row)
    else {
      for (const column of columns) {
        if ((row[column] ?? null) !== (before[column] ?? null)) fault(column, `${before[column]}, as before for ${key}`)
      }
    }
  })
}

/** 49 */
export const skuPriceHasOneSku: Check = (input) => oneFor(input, ['SkuPriceId'], ['SkuId'])
/** 50 */
export const skuHasOneMeter: Check = (input) => oneFor(input, ['SkuId'], ['SkuMeter'])
/** 51 */
export const serviceHasOneCategory: Check = (input) =>
  oneFor(input, ['ServiceName'], ['ServiceCategory', 'ServiceSubcategory'])

/** 52 */
export const subcategoryIsOfItsCategory: Check = (input) =>
  eachRow(input, (row, fault) => {
    const parent = categoryOf(row.ServiceSubcategory ?? '')
    if (parent !== null && parent !== row.ServiceCategory)
      fault('ServiceSubcategory', `a child of ${row.ServiceCategory}`)
  })

/** 53 */
export const skuPriceHasOnePriceInAVersion: Check = (input) =>
  oneFor(input, ['SkuPriceId', 'x_PriceBook', 'x_PriceVersion'], ['ListUnitPrice', 'PricingUnit', 'ConsumedUnit'])

/** 54 */
export const invoiceIsOfOneAccountAndMonth: Check = (input) => {
  oneFor(input, ['BillingAccountId'], ['BillingCurrency'])
  oneFor(input, ['InvoiceId'], ['BillingAccountId', 'BillingPeriodStart', 'BillingPeriodEnd', 'InvoiceIssuerName'])
}

const CHARGE_KEY = [
  'BillingAccountId',
  'SubAccountId',
  'SkuPriceId',
  'x_Environment',
  'x_InstallationId',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'BillingPeriodStart',
  'x_Reason',
  'x_PriceBook',
  'x_PriceVersion',
]

/** 55: no charge stands in two rows. Lumps of a statement may look alike: what they came from tells them apart. */
export const chargesAreUnique: Check = (input) => {
  const seen = new Map<string, number>()
  eachRow(input, (row, fault, index) => {
    const lump = (row.SkuPriceId ?? null) === null ? (row.x_LedgerSequenceFirst ?? null) : null
    const key = canonicalTuple([...CHARGE_KEY.map((name) => row[name] ?? null), lump])
    const before = seen.get(key)
    if (before === undefined) seen.set(key, index)
    else fault('ChargePeriodStart', `another charge than row ${before}`)
  })
}

const NAMED = [
  ['BillingAccountId', 'BillingAccountName'],
  ['SubAccountId', 'SubAccountName'],
] as const

/** 56: what an earlier export called by an id is still called so, for the time of that charge, and its SKUs measure the same. */
export const idsStillMeanTheSame: Check = (input) => {
  const meters = new Map(input.dataset.costAndUsage.rows.map((row) => [row.SkuId ?? null, row.SkuMeter ?? null]))
  for (const [index, row] of (input.facts.earlierRows ?? []).entries()) {
    const fault = (column: string, expected: string) =>
      input.report({
        dataset: 'CostAndUsage',
        row: index,
        column,
        expected,
        found: `${row[column]} in an earlier export`,
      })
    for (const [id, name] of NAMED) {
      const expected = nameOf(row, id, input.facts.names)
      if (expected !== null && row[name] !== expected) fault(name, expected)
    }
    const meter = meters.get(row.SkuId ?? null) ?? null
    if ((row.SkuId ?? null) !== null && meter !== null && meter !== row.SkuMeter) fault('SkuMeter', meter)
  }
}

/** 57: a charge has the name of its time; only a correction may have the newest. */
export const namesAreOfTheirTime: Check = (input) =>
  eachRow(input, (row, fault) => {
    for (const [id, name] of NAMED) {
      const expected = nameOf(row, id, input.facts.names)
      if (expected === null || row[name] === expected) continue
      const newest = input.facts.names.get(row[id] ?? '')?.at(-1)?.name
      if (row.ChargeClass !== 'Correction' || row[name] !== newest) fault(name, expected)
    }
  })

function nameOf(row: FocusRow, id: string, names: ReadonlyMap<string, readonly NameSpell[]>): string | null {
  const spells = names.get(row[id] ?? '')
  const start = row.ChargePeriodStart ?? null
  return spells === undefined || !isInstant(start) ? null : nameAt(spells, instantOf(start), row[id] ?? '')
}

/** 60: the rows add up to what statement and portal say, whatever is asked for. */
export const rowsAddUpToWhatIsShown: Check = (input) => {
  for (const { where, billedCost } of input.facts.totals ?? []) {
    const wanted = Object.entries(where)
    const rows = input.dataset.costAndUsage.rows.filter((row) =>
      wanted.every(([column, value]) => (row[column] ?? null) === value),
    )
    const found = sumOf(rows, 'BilledCost')
    if (compareDecimals(found, billedCost) === 0) continue
    const expected = `${billedCost} for ${JSON.stringify(where)}`
    input.report({ dataset: 'CostAndUsage', row: null, column: 'BilledCost', expected, found })
  }
}

/** 61: a row lies on one side of the allowance's edge: it has the price of its SKU price, never one between two. */
export const noRowStraddlesAPrice: Check = (input) => {
  const prices = skuPriceFacts(input.facts.prices)
  eachRow(input, (row, fault) => {
    const expected = prices.unitPriceOf(row)
    if (expected !== null && !areEqual(numberIn(row, 'ListUnitPrice'), expected)) fault('ListUnitPrice', expected)
  })
}
