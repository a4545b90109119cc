import { describe, expect, test } from 'vitest'
import { chargesOf, focusDataset } from './index.ts'
import { instantOf } from './instant-cell.ts'
import { AUGUST_STATEMENT, JULY_ENTRIES, JULY_STATEMENT, LATE_ENTRY, PARTIES, placed } from './test-worked-month.ts'

const dataset = focusDataset({
  parties: PARTIES,
  charges: chargesOf(placed([...JULY_ENTRIES, LATE_ENTRY])).map((charge) =>
    charge.kind === 'usage' && charge.isExempt ? { ...charge, installation: 'inst-partner-7' } : charge,
  ),
  statements: [JULY_STATEMENT, AUGUST_STATEMENT],
  takenAt: instantOf('2026-08-09T00:00:00Z'),
  finalUntil: instantOf('2026-08-07T00:00:00Z'),
})

/** The worked rows A to E of the FOCUS reference, column by column; `same` repeats A. */
const WORKED = `
BilledCost | 0.0 | 0.5 | 0.0 | 0.2725 | -0.00231
BillingAccountId | urn:meterbook:space:acme | same | same | same | same
BillingAccountName | Acme Apps | same | same | same | same
BillingCurrency | USD | same | same | same | same
BillingPeriodEnd | 2026-08-01T00:00:00Z | same | same | 2026-09-01T00:00:00Z | same
BillingPeriodStart | 2026-07-01T00:00:00Z | same | same | 2026-08-01T00:00:00Z | same
ChargeCategory | Usage | same | same | same | Adjustment
ChargeClass | null | null | null | Correction | null
ChargeDescription | Functions duration, Tasks, production, within the allowance | Functions duration, Tasks, production | Key-value reads, Tasks, production, exempt installation | Key-value writes, Tasks, production, late usage of 30 July 2026 | Rounding of the statement to whole cents
ChargeFrequency | Usage-Based | same | same | same | One-Time
ChargePeriodEnd | 2026-07-26T00:00:00Z | same | 2026-07-11T00:00:00Z | 2026-07-31T00:00:00Z | 2026-08-01T00:00:00Z
ChargePeriodStart | 2026-07-25T00:00:00Z | same | 2026-07-10T00:00:00Z | 2026-07-30T00:00:00Z | 2026-07-01T00:00:00Z
ConsumedQuantity | 10000.0 | 20000.0 | 0.5 | 0.25 | null
ConsumedUnit | GiB-Seconds | same | GiB | GiB | null
ContractedCost | 0.0 | 0.5 | 0.0 | 0.2725 | -0.00231
ContractedUnitPrice | 0.0 | 0.000025 | 0.0 | 1.09 | null
EffectiveCost | 0.0 | 0.5 | 0.0 | 0.2725 | -0.00231
HostProviderName | Example Platform | same | same | same | null
InvoiceDetailId | 2026-07-acme-1 | same | 2026-07-acme-2 | null | 2026-07-acme-7
InvoiceId | 2026-07-acme | same | same | null | same
InvoiceIssuerName | Example Platform | same | same | same | same
ListCost | 0.0 | 0.5 | 0.0 | 0.2725 | -0.00231
ListUnitPrice | 0.0 | 0.000025 | 0.0 | 1.09 | null
PricingCategory | Standard | same | same | same | null
PricingQuantity | 10000.0 | 20000.0 | 0.5 | 0.25 | null
PricingUnit | GiB-Seconds | same | GiB | GiB | null
ServiceCategory | Compute | same | Databases | Databases | Other
ServiceName | Functions | same | Key-Value Store | Key-Value Store | Statement rounding
ServiceProviderName | Example Platform | same | same | same | same
ServiceSubcategory | Serverless Compute | same | NoSQL Databases | NoSQL Databases | Other (Other)
SkuId | functions.duration | same | kvs.reads | kvs.writes | null
SkuMeter | Functions Duration | same | Key-Value Reads | Key-Value Writes | null
SkuPriceDetails | {"x_PriceTier":"Allowance"} | {"x_PriceTier":"Standard"} | {"x_PriceTier":"Exempt"} | {"x_PriceTier":"Standard"} | null
SkuPriceId | functions.duration:allowance | functions.duration:standard | kvs.reads:exempt | kvs.writes:standard | null
SubAccountId | urn:meterbook:app:tasks | same | same | same | null
SubAccountName | Tasks | same | same | same | null
Tags | null | null | null | null | null
x_Environment | production | same | same | same | null
x_InstallationId | null | null | inst-partner-7 | null | null
x_OriginalInvoiceId | null | null | null | 2026-07-acme | null
x_PriceVersion | 2026-06-29T00:00:00Z | same | 2025-06-30T00:00:00Z | 2025-06-30T00:00:00Z | null
x_Reason | null | null | null | LateUsage | Rounding
`
  .trim()
  .split('\n')
  .map((text) => text.split(' | '))

const rowWhere = (values: Record<string, string>) =>
  dataset.costAndUsage.rows.filter((row) => Object.entries(values).every(([name, value]) => row[name] === value))

describe('FOCUS rows', () => {
  test('inside and over the allowance, exempt, late and rounding are the worked rows, cell for cell', () => {
    const found = [
      rowWhere({ ChargePeriodStart: '2026-07-25T00:00:00Z', SkuPriceId: 'functions.duration:allowance' }),
      rowWhere({ ChargePeriodStart: '2026-07-25T00:00:00Z', SkuPriceId: 'functions.duration:standard' }),
      rowWhere({ SkuPriceId: 'kvs.reads:exempt' }),
      rowWhere({ ChargeClass: 'Correction' }),
      rowWhere({ x_Reason: 'Rounding' }),
    ]
    for (const [name = '', first = '', ...others] of WORKED) {
      const expected = [first, ...others.map((text) => (text === 'same' ? first : text))]
      expect(
        found.map((rows) => rows.map((row) => `${row[name]}`)),
        name,
      ).toEqual(expected.map((text) => [text]))
    }
  })

  test('a header is the 37 columns that apply and our own, in alphabetical order', () => {
    const { columns } = dataset.costAndUsage
    expect(columns.filter((name) => !name.startsWith('x_'))).toEqual(
      WORKED.map(([name]) => name).filter((name) => !name?.startsWith('x_')),
    )
    expect(columns.filter((name) => !name.startsWith('x_'))).toHaveLength(37)
    for (const row of dataset.costAndUsage.rows) expect(Object.keys(row).sort()).toEqual([...columns].sort())
  })
})
