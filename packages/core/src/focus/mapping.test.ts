import { describe, expect, test } from 'vitest'
import { csvRecord, readCsv } from '../csv/index.ts'
import type { LedgerEntry } from '../ledger/index.ts'
import { decimalCell } from './decimal-cell.ts'
import {
  COST_AND_USAGE,
  chargesOf,
  columnNames,
  costAndUsageRows,
  type FocusParties,
  type FocusStatement,
  focusManifest,
  invoiceDetailRows,
} from './index.ts'
import { instantOf } from './instant-cell.ts'
import { categoryOf, SERVICE_CATEGORIES } from './service-category.ts'
import {
  AUGUST_STATEMENT,
  JULY_STATEMENT,
  LATE_ENTRY,
  lump,
  PARTIES,
  part,
  placed,
  usage,
} from './test-worked-month.ts'
import { focusUnitOf, isFocusUnit } from './unit.ts'

const OPEN_JULY: FocusStatement = { ...JULY_STATEMENT, state: 'open', closedAt: null, lines: [] }
const FUNCTIONS: [string, string, string] = ['2026-06-29T00:00:00Z', '0.000025', '1']

function rowsOf(entries: LedgerEntry[], given: { parties?: FocusParties; statements?: FocusStatement[] } = {}) {
  const { parties = PARTIES, statements = [OPEN_JULY] } = given
  return chargesOf(placed(entries)).map(costAndUsageRows({ parties, statements }))
}

describe('usage', () => {
  test('moved to another app after the close is two corrections in the open month, one of them negative', () => {
    const august = AUGUST_STATEMENT.period
    const moved = (app: string, own: ReturnType<typeof part>): LedgerEntry => ({
      ...usage('2026-07-26T10', 'functions.duration', 'GB-second', [own], { app, billedIn: august }),
      kind: 'adjustment',
      adjusts: '1',
      reason: 'reattributed',
    })
    const rows = rowsOf(
      [
        moved('tasks', part('overage', '-20000', FUNCTIONS, '-20000', '-0.5')),
        moved('notes', part('allowance', '20000', FUNCTIONS, '0')),
      ],
      { statements: [JULY_STATEMENT, AUGUST_STATEMENT] },
    )
    expect(
      rows.map((row) => [
        row.SubAccountName,
        row.SkuPriceId,
        row.ConsumedQuantity,
        row.BilledCost,
        row.ChargeClass,
        row.x_Reason,
      ]),
    ).toEqual([
      ['Notes', 'functions.duration:allowance', '20000.0', '0.0', 'Correction', 'Reattribution'],
      ['Tasks', 'functions.duration:standard', '-20000.0', '-0.5', 'Correction', 'Reattribution'],
    ])
  })

  test('that came late into an open month is no correction: its day is delivered again', () => {
    const late: LedgerEntry = { ...LATE_ENTRY, billedIn: JULY_STATEMENT.period } as LedgerEntry
    const [row, ...others] = rowsOf([late])
    expect([row?.ChargeClass, row?.x_Reason, row?.x_OriginalInvoiceId, row?.InvoiceId]).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(others).toEqual([])
  })

  test('of a flat fee and of begun packages has the quantity that is charged beside the one that was used', () => {
    const tiered: [string, string, string] = ['2026-01-01T00:00:00Z', '2.5', '1']
    const packages: [string, string, string] = ['2026-01-01T00:00:00Z', '1.5', '1000']
    const rows = rowsOf([
      usage('2026-07-02T10', 'kvs.writes', 'GB', [part('flat_2', '0', tiered, '1', '2.5')]),
      usage('2026-07-02T10', 'objects.requests', 'request', [part('overage', '1', packages, '1', '1.5')]),
    ])
    expect(
      rows.map((row) => [row.SkuPriceId, row.ConsumedQuantity, row.PricingQuantity, row.PricingUnit, row.BilledCost]),
    ).toEqual([
      ['kvs.writes:flat-2', '0.0', '1.0', 'Units', '2.5'],
      ['objects.requests:standard', '1.0', '1.0', '1000 Requests', '1.5'],
    ])
  })

  test('that no part prices is shown at cost 0 and not lost', () => {
    const rows = rowsOf([usage('2026-07-02T10', 'kvs.writes', 'GB', [], { quantity: '-3' })])
    expect(rows.map((row) => [row.SkuPriceId, row.ConsumedQuantity, row.ListUnitPrice, row.BilledCost])).toEqual([
      ['kvs.writes:unpriced', '-3.0', '0.0', '0.0'],
    ])
  })

  test('of before a renaming keeps the old name, and a name that is blank or broken is the id or is cleaned', () => {
    const parties: FocusParties = {
      ...PARTIES,
      space: { id: 'acme', names: [{ from: null, name: ' \n ' }] },
      apps: [
        {
          id: 'tasks',
          names: [
            { from: null, name: 'Old\r\nname\ud83d' },
            { from: instantOf('2026-07-10T00:00:00Z'), name: '=New' },
          ],
        },
      ],
    }
    const entry = (day: string) =>
      usage(`2026-07-${day}T10`, 'functions.duration', 'GB-second', [part('allowance', '1', FUNCTIONS, '0')])
    const rows = rowsOf([entry('09'), entry('10')], { parties })
    expect(rows.map((row) => [row.BillingAccountName, row.SubAccountName])).toEqual([
      ['acme', 'Old name\ufffd'],
      ['acme', '=New'],
    ])
    const names = columnNames(COST_AND_USAGE, { hasTags: false })
    const kinds = names.map(() => 'text' as const)
    const record = csvRecord(
      names.map((name) => rows[1]?.[name] ?? null),
      kinds,
    )
    expect(record).toContain(",'=New,")
    expect(readCsv(record)[0]?.[names.indexOf('SubAccountName')]).toBe('=New')
  })

  test('of a capability that only one installation knows is a service of its own under Other', () => {
    const [row] = rowsOf([usage('2026-07-02T10', 'maps.tiles', 'tile', [part('allowance', '7', FUNCTIONS, '0')])])
    expect([row?.ServiceName, row?.ServiceCategory, row?.ServiceSubcategory, row?.SkuMeter, row?.ConsumedUnit]).toEqual(
      ['maps.tiles', 'Other', 'Other (Other)', 'maps.tiles', 'Tiles'],
    )
  })
})

describe('what cannot be said without loss is refused', () => {
  test('a cost that would have to be cut', () => {
    expect(decimalCell(`0.${'0'.repeat(89)}1`)).toHaveLength(92)
    expect(() => decimalCell(`0.${'0'.repeat(90)}1`)).toThrow(RangeError)
    expect(() => decimalCell('9'.repeat(67))).toThrow(RangeError)
  })

  test.each<[string, LedgerEntry, FocusStatement[]]>([
    [
      'parts that do not add up to their entry',
      usage('2026-07-02T10', 'kvs.reads', 'GB', [], { amount: '1' }),
      [OPEN_JULY],
    ],
    [
      'an amount that is not price × quantity',
      usage('2026-07-02T10', 'kvs.reads', 'GB', [part('overage', '1', FUNCTIONS, '1', '1')]),
      [OPEN_JULY],
    ],
    [
      'a price per a fraction of a unit',
      usage('2026-07-02T10', 'kvs.reads', 'GB', [part('overage', '1', [FUNCTIONS[0], '1', '0.5'], '2', '2')]),
      [OPEN_JULY],
    ],
    ['an entry of a month without a statement', LATE_ENTRY, [JULY_STATEMENT]],
    ['a correction of a month that is not closed', LATE_ENTRY, [OPEN_JULY, AUGUST_STATEMENT]],
    ['an entry without a line in its closed statement', lump('credit', '-1', 'for nothing'), [JULY_STATEMENT]],
    [
      'a window of more than a day',
      usage('2026-07-02T10', 'kvs.reads', 'GB', [part('allowance', '1', FUNCTIONS, '0')], {
        window: { start: '2026-07-02T10:00:00Z', end: '2026-07-03T11:00:00Z' },
      }),
      [OPEN_JULY],
    ],
  ])('%s', (_, entry, statements) => {
    expect(() => rowsOf([entry], { statements })).toThrow(RangeError)
  })
})

describe('amounts beside usage', () => {
  test('two credits that look alike go to two lines of the statement', () => {
    const credit = { kind: 'credit' as const, term: null, text: 'Goodwill', amount: '-1' }
    const statements = [{ ...JULY_STATEMENT, lines: [credit, credit] }]
    const rows = rowsOf([lump('credit', '-1', 'Goodwill'), lump('credit', '-1', 'Goodwill')], { statements })
    expect(rows.map((row) => [row.ChargeCategory, row.x_Reason, row.InvoiceDetailId, row.ChargeDescription])).toEqual([
      ['Credit', 'Credit', '2026-07-acme-1', 'Goodwill'],
      ['Credit', 'Credit', '2026-07-acme-2', 'Goodwill'],
    ])
  })

  test('every line of an issued statement is in Invoice Detail, also one of 0, and none of an open one', () => {
    expect(invoiceDetailRows(JULY_STATEMENT, PARTIES).map((row) => row.BilledCost)).toEqual([
      '1.25',
      '0.0',
      '0.00275',
      '0.218',
      '0.02706',
      '0.9645',
      '-0.00231',
    ])
    expect(invoiceDetailRows(AUGUST_STATEMENT, PARTIES)).toEqual([])
  })
})

describe('words of FOCUS', () => {
  test('there are 19 categories, and every subcategory has one of them', () => {
    expect(SERVICE_CATEGORIES).toHaveLength(19)
    for (const category of SERVICE_CATEGORIES) expect(categoryOf(`Other (${category})`)).toBe(category)
    expect(categoryOf('Serverless Compute')).toBe('Compute')
    expect(categoryOf('Serverless')).toBeNull()
  })

  test('units of ours become units of FOCUS, and what is none is told', () => {
    for (const [ours, focus] of [
      ['GB', 'GiB'],
      ['GB-second', 'GiB-Seconds'],
      ['vCPU-hour', 'Core-Hours'],
      ['request', 'Requests'],
      ['GiB-hour', 'GiB-Hours'],
      ['hour', 'Hours'],
      ['42', 'Units'],
    ] as const) {
      expect(focusUnitOf(ours)).toBe(focus)
    }
    for (const unit of ['GiB', 'Hours', 'GiB-Hours', '1000 Requests', 'Core-Hours/Day', 'GB/Hour'])
      expect(isFocusUnit(unit), unit).toBe(true)
    for (const unit of ['', 'gib', 'GiB-', '0 Requests', 'Hours-GiB', 'GB/Hours', 'Requests per hour', '1000', 'a/b/c'])
      expect(isFocusUnit(unit), unit).toBe(false)
  })
})

describe('the manifest', () => {
  const input = {
    parties: PARTIES,
    version: '1.4' as const,
    columns: { CostAndUsage: columnNames(COST_AND_USAGE, { hasTags: false }) },
    periods: [JULY_STATEMENT.period],
    takenAt: instantOf('2026-07-03T12:00:00.5Z'),
    finalUntil: instantOf('2026-07-02T00:00:00Z'),
    files: [
      {
        path: 'cost-and-usage.csv',
        dataset: 'CostAndUsage' as const,
        rows: 1,
        bytes: 2,
        sha256: 'a'.repeat(64),
        ledgerSequence: '3',
        takenAt: '2026-07-03T12:00:00Z',
      },
    ],
  }
  test('says of each day whether it can still change, and which schema a file has', () => {
    const manifest = focusManifest(input)
    const sectors = manifest.Recency[0]?.TimeSectors ?? []
    expect(sectors.filter(({ TimeSectorComplete }) => TimeSectorComplete)).toHaveLength(1)
    expect(sectors).toHaveLength(31)
    expect(manifest.Files[0]).toMatchObject({ SchemaId: manifest.Schema[0]?.SchemaId, rows: 1, ledgerSequence: '3' })
    expect(JSON.stringify(manifest)).not.toMatch(/\d{2}\.\d+Z/)
  })
  test('gives a schema the same id in every delivery, and another one when a column changes', () => {
    const schemaOf = (columns: string[]) =>
      focusManifest({ ...input, columns: { CostAndUsage: columns } }).Schema[0]?.SchemaId
    expect(schemaOf(input.columns.CostAndUsage)).toBe(schemaOf([...input.columns.CostAndUsage]))
    expect(schemaOf(input.columns.CostAndUsage)).not.toBe(schemaOf(['BilledCost']))
    expect(schemaOf(['BilledCost'])).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
