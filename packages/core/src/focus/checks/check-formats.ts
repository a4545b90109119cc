import { isJsonObject, parseInstant, parseJsonCarefully } from '../../kernel/index.ts'
import { isCurrency } from '../currency.ts'
import { isFocusUnit } from '../unit.ts'
import type { Check } from './fault.ts'
import { eachCell } from './table.ts'

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/
const DECIMAL = /^-?\d+\.\d+$/
const INTEGER = /^-?\d+$/
const NO_VALUE_WORDS = new Set(['n/a', 'na', 'null', 'none', 'nil', 'undefined', '-'])
/** What people name may be named so: an environment `na` is North America. */
const FREE_TEXTS = new Set([
  'BillingAccountName',
  'SubAccountName',
  'ChargeDescription',
  'InvoiceDetailDescription',
  'x_Environment',
  'x_InstallationId',
])
const UNITS = new Set(['ConsumedUnit', 'PricingUnit'])
const KEY_VALUE_DEPTH = 2
const SKU_PRICE_KEYS = new Set([
  'CoreCount',
  'DiskMaxIops',
  'DiskSpace',
  'DiskType',
  'GpuCount',
  'InstanceSeries',
  'InstanceType',
  'MemorySize',
  'NetworkMaxIops',
  'NetworkMaxThroughput',
  'OperatingSystem',
  'Redundancy',
  'StorageClass',
])

/** 7 */
export const instantsAreOfFocus: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (column.type !== 'datetime') return
    if (!DATE_TIME.test(value) || !parseInstant(value).ok) fault('YYYY-MM-DDTHH:mm:ssZ')
  })

/** 8: plain notation, and a point in it, so that no reader takes the column for whole numbers. */
export const decimalsArePlain: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (column.type === 'decimal' && !DECIMAL.test(value)) fault('digits, one point, digits')
    if (column.type === 'integer' && !INTEGER.test(value)) fault('digits')
  })

/** 9 */
export const numbersAreNumbers: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (column.type !== 'decimal' && column.type !== 'integer') return
    if (/^-0+(?:\.0*)?$|nan|inf/i.test(value)) fault('a number, and zero without a sign')
  })

/** 10: null is null, never a word or a blank that stands for it. */
export const nothingStandsForNull: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (value.trim() === '') fault('a text that is not blank, or null')
    else if (column.type === 'string' && !FREE_TEXTS.has(column.name) && NO_VALUE_WORDS.has(value.toLowerCase())) {
      fault('a value, or null')
    }
  })

/** 11 */
export const currenciesAreOfIso: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (column.name === 'BillingCurrency' && !isCurrency(value)) fault('a code of ISO 4217')
  })

/** 12 */
export const unitsAreOfFocus: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (UNITS.has(column.name) && !isFocusUnit(value)) fault('a unit of FOCUS')
  })

/** 13: an object with every key once and nothing nested. */
export const keyValuesAreFlat: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (column.type === 'json' && keysOf(value) === null) fault('a JSON object of scalars with every key once')
  })

/** 14 */
export const skuPriceKeysAreKnown: Check = (input) =>
  eachCell(input, ({ column, value, fault }) => {
    if (column.name !== 'SkuPriceDetails') return
    for (const key of keysOf(value) ?? []) {
      if (!SKU_PRICE_KEYS.has(key) && !key.startsWith('x_')) fault(`a key of FOCUS or x_, not ${JSON.stringify(key)}`)
    }
  })

/** 15 */
export const textsAreClean: Check = (input) =>
  eachCell(input, ({ value, fault }) => {
    if (!value.isWellFormed() || /[\p{Cc}\ufeff]/u.test(value)) fault('UTF-8 without BOM and control characters')
  })

function keysOf(text: string): string[] | null {
  const parsed = parseJsonCarefully(text, KEY_VALUE_DEPTH)
  if (!parsed.ok || parsed.issues.length > 0 || !isJsonObject(parsed.value)) return null
  const isFlat = Object.values(parsed.value).every((value) => typeof value !== 'object' || value === null)
  return isFlat ? Object.keys(parsed.value) : null
}
