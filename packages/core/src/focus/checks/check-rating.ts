import { addDecimals, canonicalTuple, compareDecimals, multiplyDecimals } from '../../kernel/index.ts'
import { decompose, type PriceVersion, type RatedPart } from '../../rating/index.ts'
import { windowStart } from '../../window/index.ts'
import type { FocusRow } from '../column.ts'
import { instantCell, instantOf } from '../instant-cell.ts'
import { sumOf } from './check-costs.ts'
import { type Check, type CheckInput, numberIn } from './fault.ts'
import { isInstant, skuPriceFacts } from './price-fact.ts'

/** All rows of one app, SKU and month of usage, and what the price book makes of their quantity. */
interface RatedMonth {
  name: string
  rows: FocusRow[]
  parts: RatedPart[]
}

/** 58: the allowance is used up before anything costs, and never more than it. */
export const allowanceIsUsedFirst: Check = (input) => {
  for (const { name, rows, parts } of ratedMonths(input)) {
    const expected = sumOfParts(parts.filter(({ tier }) => tier === 'allowance').map(({ quantity }) => quantity))
    const found = sumOf(
      rows.filter(({ SkuPriceId }) => SkuPriceId?.endsWith(':allowance')),
      'ConsumedQuantity',
    )
    if (compareDecimals(found, expected) === 0) continue
    report(input, { column: 'ConsumedQuantity', expected: `${expected} within the allowance of ${name}`, found })
  }
}

/** 59: a month's rows cost what the price book says of their quantity. */
export const monthsCostWhatTheBookSays: Check = (input) => {
  for (const { name, rows, parts } of ratedMonths(input)) {
    const expected = sumOfParts(parts.map(({ amount }) => amount))
    const found = sumOf(rows, 'BilledCost')
    if (compareDecimals(found, expected) !== 0)
      report(input, { column: 'BilledCost', expected: `${expected} for ${name}`, found })
  }
}

function report(input: CheckInput, fault: { column: string; expected: string; found: string }): void {
  input.report({ dataset: 'CostAndUsage', row: null, ...fault })
}

function sumOfParts(texts: readonly string[]): string {
  return texts.reduce(addDecimals, '0')
}

/** Months that are whole. An app, SKU and month with a row whose price the book does not have cannot be rated, and is left out. */
function ratedMonths({ dataset, facts }: CheckInput): RatedMonth[] {
  const whole = new Set(facts.completeMonths ?? [])
  const months = new Map<string, FocusRow[]>()
  for (const row of [...dataset.costAndUsage.rows, ...(facts.otherRows ?? [])]) {
    const start = row.ChargePeriodStart ?? null
    if (row.ChargeCategory !== 'Usage' || row.SkuPriceId?.endsWith(':exempt') || !isInstant(start)) continue
    const month = instantCell(windowStart(instantOf(start), 'month', facts.billingZone))
    if (!whole.has(month)) continue
    const key = canonicalTuple([row.BillingAccountId ?? null, row.SubAccountId ?? null, row.SkuId ?? null, month])
    const rows = months.get(key)
    if (rows) rows.push(row)
    else months.set(key, [row])
  }
  return [...months].flatMap(([name, rows]) => {
    const parts = partsOf(rows, facts.prices)
    return parts === null ? [] : [{ name, rows, parts }]
  })
}

function partsOf(rows: readonly FocusRow[], prices: readonly PriceVersion[]): RatedPart[] | null {
  const facts = skuPriceFacts(prices)
  const quantities = new Map<PriceVersion, string>()
  for (const row of rows) {
    if (row.SkuPriceId?.endsWith(':unpriced')) continue
    const version = facts.versionOf(row)
    if (version === null) return null
    const quantity = numberIn(row, 'ConsumedQuantity') ?? '0'
    quantities.set(version, addDecimals(quantities.get(version) ?? '0', quantity))
  }
  const usage = [...quantities].map(([price, quantity]) => ({ price, quantity: multiplyDecimals(quantity, '1') }))
  usage.sort((a, b) => (a.price.from < b.price.from ? -1 : 1))
  return decompose(usage)
}
