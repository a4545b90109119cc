import { readCsv } from '@meterbook/core/csv'
import {
  BILLING_PERIOD,
  COST_AND_USAGE,
  chargesOf,
  checkFocus,
  type FocusColumn,
  type FocusRow,
  type FocusStatement,
  type FocusTable,
  focusDataset,
  INVOICE_DETAIL,
  type PlacedEntry,
  toProfile12,
} from '@meterbook/core/focus'
import { type Instant, parseInstant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import { billedOf, composeStatement } from '@meterbook/core/statement'
import { describe, expect, it } from 'vitest'
import { encodeCsv } from './encode-csv.ts'
import { encodeParquet } from './encode-parquet.ts'
import { focusColumns } from './focus-columns.ts'

const JULY = { start: '2026-07-01T00:00:00Z', end: '2026-08-01T00:00:00Z' }
const FROM = '2025-06-30T00:00:00Z'

function instant(text: string): Instant {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(text)
  return parsed.value
}

function usage(app: string, day: string, quantity: string, amount: string): LedgerEntry {
  const isFree = amount === '0'
  return {
    format: 'meterbook/entry/1',
    kind: 'usage',
    postedAt: '2026-08-02T00:00:00Z',
    period: JULY,
    billedIn: JULY,
    app,
    environment: 'production',
    exempt: false,
    capability: 'kvs.reads',
    unit: 'GB',
    window: { start: `2026-07-${day}T10:00:00Z`, end: `2026-07-${day}T11:00:00Z` },
    quantity,
    amount,
    currency: 'USD',
    priceBook: 'book',
    parts: [
      {
        priceBook: 'book',
        version: FROM,
        tier: isFree ? 'allowance' : 'overage',
        quantity,
        units: isFree ? '0' : quantity,
        unitPrice: '0.055',
        per: '1',
        amount,
      },
    ],
    measured: [],
    entitlements: [],
    journal: { shard: 0, through: '1' },
    cumulative: { before: '0', after: quantity },
  }
}

const entries: LedgerEntry[] = [
  usage('tasks', '02', '0.1', '0'),
  usage('tasks', '03', '0.05', '0.00275'),
  usage('notes', '02', '0.1', '0'),
  {
    format: 'meterbook/entry/1',
    postedAt: '2026-08-03T00:00:00Z',
    kind: 'rounding',
    period: JULY,
    billedIn: JULY,
    amount: '-0.00275',
    currency: 'USD',
    text: '',
  },
]
const placed = entries.map((entry, index): PlacedEntry => ({ sequence: BigInt(index + 1), entry }))
const statement: FocusStatement = {
  ...composeStatement({
    period: JULY,
    currency: 'USD',
    billed: entries.map(billedOf).filter((one) => one !== null),
    terms: [],
  }),
  id: '2026-07-acme',
  state: 'closed',
  closedAt: instant('2026-08-03T00:00:00Z'),
  dueAt: null,
}

const dataset = focusDataset({
  parties: {
    operator: 'Example Platform',
    space: { id: 'acme', names: [{ from: null, name: '=Acme' }] },
    apps: [
      { id: 'tasks', names: [{ from: null, name: 'Tasks' }] },
      { id: 'notes', names: [{ from: null, name: 'Notes, "2"' }] },
    ],
    paymentTerms: 'Net 30',
  },
  charges: chargesOf(placed),
  statements: [statement],
  takenAt: instant('2026-08-09T00:00:00Z'),
  finalUntil: instant('2026-08-07T00:00:00Z'),
})

async function bytesOf(table: FocusTable, definitions: readonly FocusColumn[], encode = encodeCsv): Promise<Buffer> {
  const columns = focusColumns(table.columns, definitions)
  const pieces: Uint8Array[] = []
  const stream = encode({ columns, rows: table.rows, ledgerSequence: '4', takenAt: '2026-08-09T00:00:00Z' })
  for await (const piece of stream.bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function throughFile(table: FocusTable, definitions: readonly FocusColumn[]): Promise<FocusTable> {
  const [header = [], ...records] = readCsv((await bytesOf(table, definitions)).toString())
  const columns = header.map((name) => name ?? '')
  const rows = records.map(
    (cells): FocusRow => Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? null])),
  )
  return { columns, rows }
}

describe('a FOCUS file', () => {
  it('as read back passes all 72 checks and comes to the statement, in 1.4 and in 1.2', async () => {
    const costAndUsage = await throughFile(dataset.costAndUsage, COST_AND_USAGE)
    const price = { bookId: 'book', capabilityKey: 'kvs.reads', version: 1, allowance: '0.1', price: '0.055', per: '1' }
    const faults = checkFocus(
      {
        costAndUsage,
        billingPeriod: await throughFile(dataset.billingPeriod, BILLING_PERIOD),
        invoiceDetail: await throughFile(dataset.invoiceDetail, INVOICE_DETAIL),
        manifest: dataset.manifest,
      },
      {
        billingZone: 'UTC',
        hasTags: false,
        prices: [
          { ...price, effectiveFrom: instant(FROM), from: instant(FROM), to: null, packaging: 'exact', tiers: null },
        ],
        names: new Map(),
        completeMonths: [JULY.start],
        totals: [{ where: {}, billedCost: '0' }],
        payables: new Map([[statement.id, '0']]),
        profile12: await throughFile(toProfile12(dataset.costAndUsage), COST_AND_USAGE),
      },
    )
    expect(faults).toEqual([])
    expect(costAndUsage.rows.map((row) => row.BilledCost)).toEqual(['0.0', '0.0', '0.00275', '-0.00275'])
    expect(costAndUsage.rows.map((row) => row.SubAccountName)).toEqual(['Notes, "2"', 'Tasks', 'Tasks', null])
    expect(costAndUsage.rows[0]?.BillingAccountName).toBe('=Acme')
  })

  it.each([
    ['CSV', encodeCsv],
    ['Parquet', encodeParquet],
  ])('as %s of the same month is the same bytes, whenever it is taken', async (_, encode) => {
    const first = await bytesOf(dataset.costAndUsage, COST_AND_USAGE, encode)
    expect(first.length).toBeGreaterThan(0)
    expect(await bytesOf(dataset.costAndUsage, COST_AND_USAGE, encode)).toEqual(first)
  })
})
