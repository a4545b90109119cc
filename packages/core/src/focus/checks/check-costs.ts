import { addDecimals, compareDecimals, multiplyDecimals, subtractDecimals } from '../../kernel/index.ts'
import type { FocusRow } from '../column.ts'
import { isRoundingOf } from '../currency.ts'
import { absolute, areEqual, type Check, type CheckInput, eachRow, isZero, numberIn, signOf } from './fault.ts'
import { skuPriceFacts } from './price-fact.ts'

const COSTS = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost']
/** What costs nothing by what it is. */
const FREE = /:(?:allowance|exempt|unpriced)$/
/** Reasons of an adjustment that belongs to the statement and to no SKU. */
const STATEMENT_REASONS = ['Rounding', 'Discount', 'Minimum']
/** Quotients without end are cut at the 60th digit, so that a day's sum of them may be off by some. */
const ENDLESS = '0.0000000000000000000000000000000000000000000000001'

function isProduct(input: CheckInput, cost: string, price: string): void {
  eachRow(input, (row, fault) => {
    const [unitPrice, quantity] = [numberIn(row, price), numberIn(row, 'PricingQuantity')]
    if (unitPrice === null || quantity === null) return
    const product = multiplyDecimals(unitPrice, quantity)
    if (!areEqual(numberIn(row, cost), product)) fault(cost, `${price} × PricingQuantity = ${product}`)
  })
}

/** 39 */
export const listCostIsTheProduct: Check = (input) => isProduct(input, 'ListCost', 'ListUnitPrice')
/** 40 */
export const contractedCostIsTheProduct: Check = (input) => isProduct(input, 'ContractedCost', 'ContractedUnitPrice')

/** 41: what has no unit price costs what is billed. */
export const lumpCostsAreBilled: Check = (input) =>
  eachRow(input, (row, fault) => {
    if (row.ChargeCategory === 'Tax') return
    for (const [cost, price] of [
      ['ListCost', 'ListUnitPrice'],
      ['ContractedCost', 'ContractedUnitPrice'],
    ] as const) {
      if ((row[price] ?? null) === null && !areEqual(numberIn(row, cost), numberIn(row, 'BilledCost'))) {
        fault(cost, `BilledCost, ${row.BilledCost}`)
      }
    }
  })

/** 42: nothing is prepaid. */
export const effectiveCostIsBilled: Check = (input) =>
  eachRow(input, (row, fault) => {
    if (row.ChargeCategory === 'Purchase') return
    if (!areEqual(numberIn(row, 'EffectiveCost'), numberIn(row, 'BilledCost'))) {
      fault('EffectiveCost', `BilledCost, ${row.BilledCost}`)
    }
  })

/** 43 */
export const issuerMayBill: Check = (input) =>
  eachRow(input, (row, fault) => {
    if (row.ServiceProviderName === row.InvoiceIssuerName || isZero(numberIn(row, 'BilledCost'))) return
    if (input.facts.authorisedIssuers?.includes(row.InvoiceIssuerName ?? '')) return
    fault('BilledCost', `0.0, since ${row.InvoiceIssuerName} bills for ${row.ServiceProviderName}`)
  })

/** 45 */
export const whatIsFreeCostsNothing: Check = (input) =>
  eachRow(input, (row, fault) => {
    if (!FREE.test(row.SkuPriceId ?? '')) return
    for (const column of ['ListUnitPrice', ...COSTS]) if (!isZero(numberIn(row, column))) fault(column, '0.0')
  })

/** 46: the priced quantity is the consumed one, in other units. Packages that were begun and flat fees are not. */
export const quantitiesAgree: Check = (input) => {
  const prices = skuPriceFacts(input.facts.prices)
  eachRow(input, (row, fault) => {
    const [priced, consumed] = [numberIn(row, 'PricingQuantity'), numberIn(row, 'ConsumedQuantity')]
    if (priced === null || consumed === null || /:flat-\d+$/.test(row.SkuPriceId ?? '')) return
    if (signOf(priced) * signOf(consumed) < 0) fault('PricingQuantity', `the sign of ${consumed}`)
    if (prices.versionOf(row)?.packaging === 'package') return
    const expected =
      perOf(row) === null ? null : subtractDecimals(multiplyDecimals(priced, perOf(row) ?? '1'), consumed)
    if (expected === null) fault('PricingUnit', `a multiple of ${row.ConsumedUnit}`)
    else if (compareDecimals(absolute(expected), ENDLESS) > 0)
      fault('PricingQuantity', `${consumed} in ${row.PricingUnit}`)
  })
}

/** `1000 Requests` of Requests: 1000. null where the units are of different things. */
function perOf(row: FocusRow): string | null {
  const [unit, consumed] = [row.PricingUnit ?? '', row.ConsumedUnit ?? '']
  if (unit === consumed) return '1'
  return unit.endsWith(` ${consumed}`) ? (/^([1-9]\d*) /.exec(unit)?.[1] ?? null) : null
}

/** 47 */
export const costsHaveTheQuantitysSign: Check = (input) =>
  eachRow(input, (row, fault) => {
    const quantity = numberIn(row, 'PricingQuantity')
    if (quantity === null) return
    for (const column of COSTS) {
      const cost = numberIn(row, column)
      if (cost !== null && !isZero(cost) && signOf(cost) !== signOf(quantity)) fault(column, `the sign of ${quantity}`)
    }
  })

/** 48: rounding is an adjustment without a SKU and at most half of what can be paid; every other such adjustment says what it is. */
export const roundingIsSmall: Check = (input) =>
  eachRow(input, (row, fault) => {
    const isLump = row.ChargeCategory === 'Adjustment' && (row.SkuId ?? null) === null
    if (isLump && !STATEMENT_REASONS.includes(row.x_Reason ?? '')) fault('x_Reason', STATEMENT_REASONS.join(' or '))
    if (row.x_Reason !== 'Rounding') return
    if (!isLump) fault('x_Reason', 'Rounding only of an Adjustment without a SKU')
    const cost = numberIn(row, 'BilledCost')
    if (
      cost !== null &&
      /^[A-Z]{3}$/.test(row.BillingCurrency ?? '') &&
      !isRoundingOf(cost, row.BillingCurrency ?? '')
    ) {
      fault('BilledCost', `at most half the smallest unit of ${row.BillingCurrency}`)
    }
  })

/** Σ of a column over rows; a cell that is no number counts 0, since that is another fault. */
export function sumOf(rows: readonly FocusRow[], column: string): string {
  return rows.reduce((sum, row) => addDecimals(sum, numberIn(row, column) ?? '0'), '0')
}
