import { readCsv } from '@meterbook/core/csv'
import {
  checkFocus,
  type FocusRow,
  type FocusStatement,
  type FocusTable,
  type PlacedEntry,
} from '@meterbook/core/focus'
import { type Instant, parseInstant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import { billedOf, composeStatement } from '@meterbook/core/statement'
import { describe, expect, it } from 'vitest'
import { type FocusDeliveryFile, type FocusDeliveryInput, focusDelivery } from './focus-delivery.ts'

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

async function* inPages(page: readonly PlacedEntry[]) {
  yield* page
}

const input = (given: Partial<FocusDeliveryInput> = {}): FocusDeliveryInput => ({
  version: '1.4',
  format: 'csv',
  parties: {
    operator: 'Example Platform',
    space: { id: 'acme', names: [{ from: null, name: '=Acme' }] },
    apps: [
      { id: 'tasks', names: [{ from: null, name: 'Tasks' }] },
      { id: 'notes', names: [{ from: null, name: 'Notes' }] },
    ],
    paymentTerms: 'Net 30',
  },
  statements: [statement],
  portions: [inPages(placed.slice(0, 2)), inPages(placed.slice(2, 3)), placed.slice(3)],
  ledgerSequence: 4n,
  takenAt: instant('2026-08-09T00:00:00Z'),
  finalUntil: instant('2026-08-07T00:00:00Z'),
  ...given,
})

async function bytesOf({ stream }: FocusDeliveryFile): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream.bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function tableOf(file: FocusDeliveryFile): Promise<FocusTable> {
  const [header = [], ...records] = readCsv((await bytesOf(file)).toString())
  const columns = header.map((name) => name ?? '')
  const rows = records.map(
    (cells): FocusRow => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null])),
  )
  return { columns, rows }
}

describe('a FOCUS delivery', () => {
  it('as read back from its files passes all 72 checks and comes to the statement', async () => {
    const { files, manifest } = focusDelivery(input())
    const [costAndUsage, billingPeriod, invoiceDetail] = [
      await tableOf(files[0]!),
      await tableOf(files[1]!),
      await tableOf(files[2]!),
    ]
    expect(files.map(({ path }) => path)).toEqual(['cost-and-usage.csv', 'billing-period.csv', 'invoice-detail.csv'])
    const profile12 = await tableOf(focusDelivery(input({ version: '1.2' })).files[0]!)
    const price = { bookId: 'book', capabilityKey: 'kvs.reads', version: 1, allowance: '0.1', price: '0.055', per: '1' }
    const faults = checkFocus(
      { costAndUsage, billingPeriod, invoiceDetail, manifest: manifest() },
      {
        billingZone: 'UTC',
        hasTags: false,
        prices: [
          { ...price, effectiveFrom: instant(FROM), from: instant(FROM), to: null, packaging: 'exact', tiers: null },
        ],
        names: new Map(),
        completeMonths: [JULY.start],
        totals: [{ where: {}, billedCost: statement.lines.length > 0 ? '0' : '' }],
        payables: new Map([[statement.id, '0']]),
        profile12,
      },
    )
    expect(faults).toEqual([])
    expect(costAndUsage.rows.map((row) => row.BilledCost)).toEqual(['0.0', '0.00275', '0.0', '-0.00275'])
    expect(costAndUsage.rows[0]?.BillingAccountName).toBe('=Acme')
  })

  it('says of every file what was written, and nothing before all of it was', async () => {
    const { files, manifest } = focusDelivery(input({ format: 'parquet' }))
    expect(() => manifest()).toThrow(RangeError)
    const sizes: number[] = []
    for (const file of files) sizes.push((await bytesOf(file)).length)
    expect(
      manifest().Files.map(({ path, rows, bytes, ledgerSequence }) => ({ path, rows, bytes, ledgerSequence })),
    ).toEqual([
      { path: 'cost-and-usage.parquet', rows: 4, bytes: sizes[0], ledgerSequence: '4' },
      { path: 'billing-period.parquet', rows: 1, bytes: sizes[1], ledgerSequence: '4' },
      { path: 'invoice-detail.parquet', rows: statement.lines.length, bytes: sizes[2], ledgerSequence: '4' },
    ])
  })

  it('taken twice of a closed month is the same bytes', async () => {
    const take = async () => Promise.all(focusDelivery(input()).files.map(bytesOf))
    expect(await take()).toEqual(await take())
  })

  it('has the columns that are asked for, in the order of FOCUS, and refuses others', async () => {
    const table = await tableOf(focusDelivery(input({ columns: ['SkuId', 'BilledCost'] })).files[0]!)
    expect(table.columns).toEqual(['BilledCost', 'SkuId'])
    expect(table.rows).toHaveLength(4)
    expect(() => focusDelivery(input({ columns: ['ProviderName'] }))).toThrow(RangeError)
  })
})
