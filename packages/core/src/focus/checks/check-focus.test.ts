import { describe, expect, test } from 'vitest'
import { chargesOf } from '../charge.ts'
import type { FocusRow, FocusTable } from '../column.ts'
import { type FocusDataset, focusDataset } from '../dataset.ts'
import { instantOf } from '../instant-cell.ts'
import { toProfile12 } from '../profile-1-2.ts'
import {
  AUGUST_STATEMENT,
  JULY_ENTRIES,
  JULY_STATEMENT,
  LATE_ENTRY,
  PARTIES,
  PRICES,
  placed,
} from '../test-worked-month.ts'
import { checkFocus } from './check-focus.ts'
import type { FocusFacts } from './fault.ts'

const PATH = 'focus-1.4/acme/2026-07/cost-and-usage.csv'
const worked = focusDataset({
  parties: PARTIES,
  charges: chargesOf(placed([...JULY_ENTRIES, LATE_ENTRY])),
  statements: [JULY_STATEMENT, AUGUST_STATEMENT],
  takenAt: instantOf('2026-08-09T00:00:00Z'),
  finalUntil: instantOf('2026-08-07T00:00:00Z'),
  files: [
    {
      path: PATH,
      dataset: 'CostAndUsage',
      rows: 14,
      bytes: 7_000,
      sha256: 'a'.repeat(64),
      ledgerSequence: '13',
      takenAt: '2026-08-09T00:00:00Z',
    },
  ],
})
const facts: FocusFacts = {
  billingZone: 'UTC',
  hasTags: true,
  prices: PRICES,
  names: new Map([
    ['urn:meterbook:space:acme', [{ from: null, name: 'Acme Apps' }]],
    ['urn:meterbook:app:tasks', [{ from: null, name: 'Tasks' }]],
  ]),
  earlierRows: worked.costAndUsage.rows,
  earlierPeriods: worked.billingPeriod.rows,
  completeMonths: ['2026-07-01T00:00:00Z'],
  totals: [
    { where: { InvoiceId: '2026-07-acme' }, billedCost: '2.46' },
    { where: { SkuId: 'functions.duration' }, billedCost: '1.25' },
    { where: { ChargeClass: 'Correction' }, billedCost: '0.2725' },
  ],
  payables: new Map([['2026-07-acme', '2.46']]),
  firstDelivery: new Map([[PATH, 'a'.repeat(64)]]),
  profile12: toProfile12(worked.costAndUsage),
}

type Found = (row: FocusRow) => boolean
const allowance: Found = (row) => row.SkuPriceId === 'functions.duration:allowance'
const standard: Found = (row) => row.SkuPriceId === 'functions.duration:standard'
const requests: Found = (row) => row.SkuPriceId === 'objects.requests:standard'
const late: Found = (row) => row.ChargeClass === 'Correction'
const rounding: Found = (row) => row.x_Reason === 'Rounding'

/** The table with the first row that is meant changed. */
function changed(table: FocusTable, which: Found, cells: FocusRow): FocusTable {
  const index = table.rows.findIndex(which)
  expect(index).toBeGreaterThanOrEqual(0)
  return { ...table, rows: table.rows.map((row, at) => (at === index ? { ...row, ...cells } : row)) }
}
const usage = (which: Found, cells: FocusRow) => ({ costAndUsage: changed(worked.costAndUsage, which, cells) })
const period = (which: Found, cells: FocusRow) => ({ billingPeriod: changed(worked.billingPeriod, which, cells) })
const line = (which: Found, cells: FocusRow) => ({ invoiceDetail: changed(worked.invoiceDetail, which, cells) })
const header = (columns: readonly string[]) => ({ costAndUsage: { ...worked.costAndUsage, columns } })
const without = (name: string) => header(worked.costAndUsage.columns.filter((column) => column !== name))
const closed: Found = (row) => row.BillingPeriodStatus === 'Closed'
const any: Found = () => true

/** For every check, what somebody could get wrong that it is there to see: parts of the dataset, or of the facts it is compared with. */
const MISTAKES: [number, string, Partial<FocusDataset>, Partial<FocusFacts>?][] = [
  [1, 'two columns change places', header([...worked.costAndUsage.columns].reverse())],
  [2, 'a mandatory column is left out', without('BilledCost')],
  [3, 'a column whose condition holds is left out', without('SkuMeter')],
  [3, 'Tags are there although nothing has tags', {}, { hasTags: false }],
  [4, 'a column of an older version is there', header([...worked.costAndUsage.columns, 'ProviderName'])],
  [5, 'a column of ours is named in another style', header([...worked.costAndUsage.columns, 'x_price_book'])],
  [6, 'the metadata forgets a column', { manifest: { ...worked.manifest, Schema: [] } }],
  [7, 'an instant has a fraction', usage(any, { ChargePeriodStart: '2026-07-10T00:00:00.5Z' })],
  [7, 'an instant is no day of the calendar', usage(any, { ChargePeriodStart: '2026-06-31T00:00:00Z' })],
  [8, 'a decimal has an exponent', usage(standard, { BilledCost: '5E-1' })],
  [8, 'a decimal has no point', usage(standard, { PricingQuantity: '20000' })],
  [9, 'zero has a sign', usage(allowance, { BilledCost: '-0.0' })],
  [10, 'a word stands for null', usage(any, { SkuMeter: 'N/A' })],
  [10, 'a blank stands for null', usage(any, { BillingAccountName: ' ' })],
  [11, 'a currency is none', usage(any, { BillingCurrency: 'USX' })],
  [12, 'a unit is in our words', usage(any, { ConsumedUnit: 'GB-second' })],
  [13, 'a key is there twice', usage(any, { SkuPriceDetails: '{"x_A":1,"x_A":2}' })],
  [13, 'a value is nested', usage(any, { Tags: '{"a":{"b":1}}' })],
  [14, 'a key is ours without saying so', usage(any, { SkuPriceDetails: '{"PriceTier":"Allowance"}' })],
  [15, 'a text has a line break', usage(any, { ChargeDescription: 'two\nlines' })],
  [15, 'a text is half a character', usage(any, { SubAccountName: '\ud83d' })],
  [16, 'a cost is null', usage(standard, { ListCost: null })],
  [17, 'nobody is billed', usage(any, { BillingAccountId: null })],
  [18, 'the account has no name', usage(any, { BillingAccountName: null })],
  [19, 'a category is in lower case', usage(any, { ChargeCategory: 'usage' })],
  [20, 'a class is invented', usage(late, { ChargeClass: 'Late' })],
  [21, 'a frequency is null', usage(any, { ChargeFrequency: null })],
  [21, 'a purchase is usage-based', usage(any, { ChargeCategory: 'Purchase' })],
  [22, 'a pricing category is invented', usage(any, { PricingCategory: 'Tiered' })],
  [23, 'a service category is invented', usage(any, { ServiceCategory: 'Serverless' })],
  [24, 'a reversal has a negative price', usage(standard, { ListUnitPrice: '-0.000025', PricingQuantity: '-20000.0' })],
  [25, 'a charge does not say what it is', usage(any, { ChargeDescription: null })],
  [26, 'a month ends with its last day', usage(any, { BillingPeriodEnd: '2026-07-31T00:00:00Z' })],
  [26, 'a month is that of another zone', {}, { billingZone: 'Asia/Kathmandu' }],
  [27, 'a charge period is empty', usage(standard, { ChargePeriodEnd: '2026-07-25T00:00:00Z' })],
  [27, 'a row of usage is for two days', usage(standard, { ChargePeriodEnd: '2026-07-27T00:00:00Z' })],
  [28, 'usage of July is billed in August as if it were of August', usage(late, { ChargeClass: null })],
  [29, 'a correction is of the month itself', usage(standard, { ChargeClass: 'Correction' })],
  [29, 'a correction is of a month that is open', period(closed, { BillingPeriodStatus: 'Open' })],
  [30, 'an app has an id and no name', usage(any, { SubAccountName: null })],
  [31, 'a SKU has no meter', usage(any, { SkuMeter: null })],
  [32, 'rounding has a unit price', usage(rounding, { ListUnitPrice: '0.01' })],
  [33, 'a SKU price has no price', usage(standard, { ContractedUnitPrice: null })],
  [34, 'a quantity has no unit', usage(standard, { PricingUnit: null })],
  [35, 'a unit has no quantity', usage(late, { ConsumedQuantity: null })],
  [36, 'usage has no quantity', usage(standard, { PricingQuantity: null, PricingUnit: null })],
  [37, 'rounding was consumed', usage(rounding, { ConsumedQuantity: '1.0', ConsumedUnit: 'Units' })],
  [38, 'a tax has a SKU', usage(standard, { ChargeCategory: 'Tax' })],
  [39, 'a list cost was rounded', usage((row) => row.ListCost === '0.00275', { ListCost: '0.003' })],
  [39, 'the list cost of a correction is not the product', usage(late, { ListCost: '0.3' })],
  [
    40,
    'a contracted cost is a floating point product',
    usage((row) => row.ContractedCost === '0.00275', { ContractedCost: '0.0027500000000000003' }),
  ],
  [41, 'rounding costs what is not billed', usage(rounding, { ListCost: '0.0' })],
  [42, 'an effective cost differs', usage(standard, { EffectiveCost: '0.4' })],
  [43, 'a reseller issues the invoice', usage(standard, { InvoiceIssuerName: 'Reseller' })],
  [44, 'usage ran nowhere', usage(any, { HostProviderName: null })],
  [
    45,
    'usage within the allowance has its list price',
    usage(allowance, { ListUnitPrice: '0.000025', ListCost: '0.25' }),
  ],
  [46, 'requests are not divided by a thousand', usage(requests, { PricingQuantity: '20000.0' })],
  [46, 'the unit of a price is another thing', usage(requests, { PricingUnit: '1000 Tokens' })],
  [47, 'a reversal has a positive cost', usage(standard, { PricingQuantity: '-20000.0' })],
  [48, 'rounding takes a whole cent', usage(rounding, { BilledCost: '-0.01' })],
  [48, 'an adjustment does not say why', usage(rounding, { x_Reason: null })],
  [49, 'a SKU price is of two SKUs', usage(standard, { SkuId: 'kvs.reads' })],
  [50, 'a SKU is measured in two ways', usage(standard, { SkuMeter: 'Functions Calls' })],
  [
    51,
    'a service is in two categories',
    usage(standard, { ServiceCategory: 'Web', ServiceSubcategory: 'Application Platforms' }),
  ],
  [52, 'a subcategory is of another category', usage(any, { ServiceSubcategory: 'Serverless Compute' })],
  [53, 'a SKU price has two prices in one version', usage(standard, { ListUnitPrice: '0.00003' })],
  [54, 'an invoice is of two accounts', usage(any, { BillingAccountId: 'urn:meterbook:space:other' })],
  [54, 'an account is billed in two currencies', usage(any, { BillingCurrency: 'EUR' })],
  [
    55,
    'a charge is there twice',
    { costAndUsage: { ...worked.costAndUsage, rows: worked.costAndUsage.rows.flatMap((row) => [row, row]) } },
  ],
  [
    56,
    'an id is given to another app',
    {},
    { names: new Map([['urn:meterbook:app:tasks', [{ from: null, name: 'Notes' }]]]) },
  ],
  [
    56,
    'a SKU measures something else than last month',
    {},
    { earlierRows: [{ SkuId: 'kvs.reads', SkuMeter: 'Key-Value Calls' }] },
  ],
  [57, 'usage from before a renaming has the new name', usage(standard, { SubAccountName: 'To-dos' })],
  [
    58,
    'something costs before the allowance is used up',
    usage(standard, { SkuPriceId: 'functions.duration:allowance' }),
  ],
  [59, 'a month costs less than the book says', usage(standard, { BilledCost: '0.4' })],
  [60, 'the portal shows another total', {}, { totals: [{ where: {}, billedCost: '2.46' }] }],
  [61, 'a row blends two prices', usage(standard, { ListUnitPrice: '0.00001', ListCost: '0.2' })],
  [
    62,
    'a month has no Billing Period row',
    { billingPeriod: { ...worked.billingPeriod, rows: worked.billingPeriod.rows.slice(1) } },
  ],
  [62, 'a month ends differently there', period(closed, { BillingPeriodEnd: '2026-08-02T00:00:00Z' })],
  [63, 'a closed month is open again', period(closed, { BillingPeriodStatus: 'Open' })],
  [63, 'a month was changed before it was made', period(closed, { BillingPeriodLastUpdated: '2026-06-30T00:00:00Z' })],
  [64, 'a row of a closed month is in no line', usage(standard, { InvoiceDetailId: null })],
  [64, 'a row of an open month is in an invoice', usage(late, { InvoiceId: '2026-08-acme' })],
  [65, 'a line dangles', usage(standard, { InvoiceDetailId: '2026-07-acme-99' })],
  [65, 'a line is there twice', line(any, { InvoiceDetailId: '2026-07-acme-2' })],
  [66, 'a line mixes categories', line(any, { ChargeCategory: 'Adjustment' })],
  [67, 'a line was rounded', line((row) => row.BilledCost === '0.00275', { BilledCost: '0.0' })],
  [
    67,
    'a row is missing',
    { costAndUsage: { ...worked.costAndUsage, rows: worked.costAndUsage.rows.filter((row) => !standard(row)) } },
  ],
  [
    68,
    'an invoice comes to fractions of a cent',
    line((row) => row.ChargeCategory === 'Adjustment', { BilledCost: '0.0' }),
  ],
  [68, 'an invoice is not what is to be paid', {}, { payables: new Map([['2026-07-acme', '2.47']]) }],
  [69, 'a line was made after its month was closed', line(any, { InvoiceDetailCreated: '2026-08-04T00:00:00Z' })],
  [70, 'an issued line has no date', line(any, { InvoiceIssueDate: null })],
  [70, 'a line refers to no invoice', line(any, { ReferenceInvoiceId: null })],
  [71, 'a closed month is delivered differently', {}, { firstDelivery: new Map([[PATH, 'b'.repeat(64)]]) }],
  [
    72,
    'the 1.2 profile loses a row',
    {},
    { profile12: { columns: facts.profile12?.columns ?? [], rows: facts.profile12?.rows.slice(1) ?? [] } },
  ],
]

describe('the 72 checks', () => {
  test('find nothing in the worked month', () => {
    expect(checkFocus(worked, facts)).toEqual([])
  })

  test.each(MISTAKES)('check %i sees that %s', (check, _, dataset, given = {}) => {
    const faults = checkFocus({ ...worked, ...dataset }, { ...facts, ...given })
    const own = faults.filter((fault) => fault.check === check)
    expect(own, `faults of ${[...new Set(faults.map((fault) => fault.check))]}`).not.toEqual([])
    expect(own[0]?.expected).not.toBe('')
  })

  test('let people call their things as they like', () => {
    const named = usage(any, { x_Environment: 'na', SubAccountName: 'None' })
    expect(checkFocus({ ...worked, ...named }, { ...facts, names: new Map() })).toEqual([])
  })

  test('each of them can fail', () => {
    expect(new Set(MISTAKES.map(([check]) => check))).toEqual(
      new Set(Array.from({ length: 72 }, (_, index) => index + 1)),
    )
  })

  test('a fault says where it is, what was expected and what was found', () => {
    const index = worked.costAndUsage.rows.findIndex(standard)
    expect(checkFocus({ ...worked, ...usage(standard, { ListCost: '0.51' }) }, facts)).toContainEqual({
      check: 39,
      dataset: 'CostAndUsage',
      row: index,
      column: 'ListCost',
      expected: 'ListUnitPrice × PricingQuantity = 0.5',
      found: '"0.51"',
    })
  })

  test('never throw for a cell that is nonsense, in any column of any dataset', () => {
    const nonsense = [null, '', '=1', 'NaN', '1e999999', '\ud83d', '2026-13-01T00:00:00Z', '9'.repeat(1_000), '{']
    for (const name of ['costAndUsage', 'billingPeriod', 'invoiceDetail'] as const) {
      const table = worked[name]
      for (const column of table.columns) {
        const rows = nonsense.map((cell, index) => ({ ...table.rows[index % table.rows.length], [column]: cell }))
        expect(() => checkFocus({ ...worked, [name]: { ...table, rows } }, facts), column).not.toThrow()
      }
    }
  })

  test("others' data may differ by the tolerance of FOCUS, and by no more", () => {
    const off = (cost: string) =>
      checkFocus({ ...worked, ...line(any, { BilledCost: cost }) }, { ...facts, isForeign: true }).filter(
        ({ check }) => check === 67,
      )
    expect(off('2.25')).toEqual([])
    expect(off('2.26')).not.toEqual([])
  })
})
