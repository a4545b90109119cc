import type { FocusRow } from '../column.ts'
import { type Check, type CheckInput, eachRow } from './fault.ts'

const OF_A_PRICE = ['ListUnitPrice', 'ContractedUnitPrice']
const OF_A_SKU_PRICE = ['SkuPriceDetails', ...OF_A_PRICE, 'PricingQuantity', 'ConsumedQuantity', 'PricingCategory']
const OF_USAGE = [
  'SkuId',
  'SkuPriceId',
  'ListUnitPrice',
  'PricingQuantity',
  'PricingUnit',
  'ConsumedQuantity',
  'ConsumedUnit',
  'PricingCategory',
]
const NOT_OF_TAX = ['SkuId', 'SkuPriceId', ...OF_A_PRICE, 'PricingQuantity', 'PricingCategory']

function isNull(row: FocusRow, column: string): boolean {
  return (row[column] ?? null) === null
}

function bothOrNone(input: CheckInput, one: string, other: string): void {
  eachRow(input, (row, fault) => {
    if (isNull(row, one) !== isNull(row, other)) fault(one, `null exactly where ${other} is`)
  })
}

/** Where the condition holds, these are null (or not). */
function where(
  input: CheckInput,
  condition: (row: FocusRow) => boolean,
  { columns, areNull }: { columns: readonly string[]; areNull: boolean },
): void {
  eachRow(input, (row, fault) => {
    if (!condition(row)) return
    for (const column of columns) if (isNull(row, column) !== areNull) fault(column, areNull ? 'null' : 'not null')
  })
}

/** 30 */
export const subAccountHasItsName: Check = (input) => bothOrNone(input, 'SubAccountName', 'SubAccountId')
/** 31 */
export const skuHasItsMeter: Check = (input) => bothOrNone(input, 'SkuMeter', 'SkuId')
/** 32 */
export const withoutSkuPriceNothingIsPriced: Check = (input) =>
  where(input, (row) => isNull(row, 'SkuPriceId'), { columns: OF_A_SKU_PRICE, areNull: true })
/** 33 */
export const skuPriceHasUnitPrices: Check = (input) =>
  where(input, (row) => !isNull(row, 'SkuPriceId'), { columns: OF_A_PRICE, areNull: false })
/** 34 */
export const pricingQuantityHasItsUnit: Check = (input) => bothOrNone(input, 'PricingUnit', 'PricingQuantity')
/** 35 */
export const consumedQuantityHasItsUnit: Check = (input) => bothOrNone(input, 'ConsumedUnit', 'ConsumedQuantity')
/** 36 */
export const usageIsPricedAndMeasured: Check = (input) =>
  where(input, (row) => row.ChargeCategory === 'Usage' && isNull(row, 'ChargeClass'), {
    columns: OF_USAGE,
    areNull: false,
  })
/** 37 */
export const onlyUsageIsConsumed: Check = (input) =>
  where(input, (row) => row.ChargeCategory !== 'Usage', { columns: ['ConsumedQuantity'], areNull: true })
/** 38 */
export const taxHasNoPrice: Check = (input) =>
  where(input, (row) => row.ChargeCategory === 'Tax', { columns: NOT_OF_TAX, areNull: true })
/** 44 */
export const usageHasAHost: Check = (input) =>
  where(input, (row) => !['Adjustment', 'Tax', 'Credit'].includes(row.ChargeCategory ?? ''), {
    columns: ['HostProviderName'],
    areNull: false,
  })
