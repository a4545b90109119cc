import type { LedgerEntry } from '../ledger/index.ts'
import { type ListedPrice, type PriceVersion, priceTimeline } from '../rating/index.ts'
import type { StatementLine } from '../statement/index.ts'
import type { PlacedEntry } from './charge.ts'
import { instantOf } from './instant-cell.ts'
import type { FocusParties } from './party.ts'
import type { FocusStatement } from './statement.ts'

/**
 * One space, one app, July 2026 closed with a statement of 2.46 and August open with 0.25 GB of July that came late: the facts behind the
 * worked rows of a FOCUS export, as the ledger would hold them.
 */
const JULY = { start: '2026-07-01T00:00:00Z', end: '2026-08-01T00:00:00Z' }
const AUGUST = { start: '2026-08-01T00:00:00Z', end: '2026-09-01T00:00:00Z' }
const BOOK = 'book-public'
const [FIRST, SECOND, STORED] = ['2025-06-30T00:00:00Z', '2026-06-29T00:00:00Z', '2026-01-01T00:00:00Z']

export const PARTIES: FocusParties = {
  operator: 'Example Platform',
  space: { id: 'acme', names: [{ from: null, name: 'Acme Apps' }] },
  apps: [
    { id: 'tasks', names: [{ from: null, name: 'Tasks' }] },
    { id: 'notes', names: [{ from: null, name: 'Notes' }] },
  ],
  paymentTerms: 'Net 30',
  hasTags: true,
}

type UsageEntry = Extract<LedgerEntry, { kind: 'usage' }>
type Part = UsageEntry['parts'][number]

export function part(
  tier: string,
  quantity: string,
  price: [string | null, string | null, string | null],
  units = quantity,
  amount = '0',
): Part {
  const [version, unitPrice, per] = price
  return { priceBook: version === null ? null : BOOK, version, tier, quantity, units, unitPrice, per, amount }
}

export function usage(
  window: string,
  capability: string,
  unit: string,
  parts: Part[],
  more: Partial<UsageEntry> = {},
): UsageEntry {
  const amount = sum(parts.map((one) => one.amount))
  return {
    format: 'meterbook/entry/1',
    kind: 'usage',
    postedAt: '2026-08-02T00:00:00Z',
    period: JULY,
    billedIn: JULY,
    app: 'tasks',
    environment: 'production',
    exempt: false,
    capability,
    unit,
    window: { start: `${window}:00:00Z`, end: hourAfter(window) },
    quantity: sum(parts.map((one) => one.quantity)),
    amount,
    currency: 'USD',
    priceBook: BOOK,
    parts,
    measured: [],
    entitlements: [],
    journal: { shard: 0, through: '1' },
    cumulative: { before: '0', after: '0' },
    ...more,
  }
}

/** Small decimals of the fixture only. */
function sum(texts: string[]): string {
  const scaled = texts.reduce((total, text) => total + scale(text), 0n)
  const digits = `${scaled < 0n ? -scaled : scaled}`.padStart(21, '0')
  const text = `${digits.slice(0, -20)}.${digits.slice(-20)}`.replace(/\.?0+$/, '')
  return scaled < 0n ? `-${text}` : text === '' ? '0' : text
}

function scale(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const value = BigInt(`${whole}${fraction.padEnd(20, '0')}`)
  return text.startsWith('-') ? -value : value
}

function hourAfter(window: string): string {
  return new Date(Date.parse(`${window}:00:00Z`) + 3_600_000).toISOString().replace('.000Z', 'Z')
}

const FUNCTIONS: [string, string, string] = [SECOND, '0.000025', '1']
const READS: [string, string, string] = [FIRST, '0.055', '1']
const WRITES: [string, string, string] = [FIRST, '1.09', '1']
const OBJECTS: [string, string, string] = [STORED, '0.001353', '1000']
const REQUESTS: [string, string, string] = [FIRST, '1.929', '1000000']

/** A window of an hour for every day of the first part of July, so that the allowance edge falls on 25 July. */
export const JULY_ENTRIES: LedgerEntry[] = [
  usage('2026-07-20T10', 'functions.duration', 'GB-second', [part('allowance', '190000', FUNCTIONS, '0')]),
  usage('2026-07-25T09', 'functions.duration', 'GB-second', [part('allowance', '8000', FUNCTIONS, '0')]),
  usage('2026-07-25T10', 'functions.duration', 'GB-second', [
    part('allowance', '2000', FUNCTIONS, '0'),
    part('overage', '5000', FUNCTIONS, '5000', '0.125'),
  ]),
  usage('2026-07-25T23', 'functions.duration', 'GB-second', [part('overage', '15000', FUNCTIONS, '15000', '0.375')]),
  usage('2026-07-26T00', 'functions.duration', 'GB-second', [part('overage', '30000', FUNCTIONS, '30000', '0.75')]),
  usage('2026-07-10T12', 'kvs.reads', 'GB', [part('exempt', '0.5', READS, '0')], { exempt: true }),
  usage('2026-07-11T12', 'kvs.reads', 'GB', [
    part('allowance', '0.1', READS, '0'),
    part('overage', '0.05', READS, '0.05', '0.00275'),
  ]),
  usage('2026-07-12T12', 'kvs.writes', 'GB', [
    part('allowance', '0.1', WRITES, '0'),
    part('overage', '0.2', WRITES, '0.2', '0.218'),
  ]),
  usage('2026-07-13T12', 'objects.requests', 'request', [
    part('allowance', '5000', OBJECTS, '0'),
    part('overage', '20000', OBJECTS, '20', '0.02706'),
  ]),
  usage('2026-07-14T12', 'sql.requests', 'request', [
    part('allowance', '100000', REQUESTS, '0'),
    part('overage', '500000', REQUESTS, '0.5', '0.9645'),
  ]),
  lump('rounding', '-0.00231', 'rounding'),
  {
    format: 'meterbook/entry/1',
    kind: 'statement',
    postedAt: '2026-08-03T02:00:00Z',
    period: JULY,
    billedIn: JULY,
    statement: '2026-07-acme',
    lines: '0'.repeat(64),
    exactTotal: '2.46231',
    total: '2.46',
    currency: 'USD',
  },
]

export const LATE_ENTRY: LedgerEntry = {
  ...usage('2026-07-30T22', 'kvs.writes', 'GB', [part('overage', '0.25', WRITES, '0.25', '0.2725')], {
    billedIn: AUGUST,
  }),
  kind: 'adjustment',
  adjusts: '8',
  reason: 'late_usage',
}

export function lump(kind: 'rounding' | 'discount' | 'credit' | 'minimum', amount: string, text: string): LedgerEntry {
  const shared = {
    format: 'meterbook/entry/1' as const,
    postedAt: '2026-08-03T02:00:00Z',
    period: JULY,
    billedIn: JULY,
  }
  return { ...shared, kind, amount, currency: 'USD', text }
}

export function placed(entries: readonly LedgerEntry[]): PlacedEntry[] {
  return entries.map((entry, index) => ({ sequence: BigInt(index + 1), entry }))
}

function line(capability: string, unit: string, amount: string, isExempt = false): StatementLine {
  const kind = isExempt ? 'exempt' : 'usage'
  return { kind, app: 'tasks', capability, unit, period: JULY, isExempt, quantity: '0', amount, entries: 1 }
}

export const JULY_STATEMENT: FocusStatement = {
  id: '2026-07-acme',
  state: 'closed',
  period: JULY,
  currency: 'USD',
  closedAt: instantOf('2026-08-03T02:00:00Z'),
  dueAt: instantOf('2026-09-02T02:00:00Z'),
  lines: [
    line('functions.duration', 'GB-second', '1.25'),
    line('kvs.reads', 'GB', '0', true),
    line('kvs.reads', 'GB', '0.00275'),
    line('kvs.writes', 'GB', '0.218'),
    line('objects.requests', 'request', '0.02706'),
    line('sql.requests', 'request', '0.9645'),
    { kind: 'rounding', amount: '-0.00231' },
  ],
}

export const AUGUST_STATEMENT: FocusStatement = {
  id: '2026-08-acme',
  state: 'open',
  period: AUGUST,
  currency: 'USD',
  closedAt: null,
  dueAt: null,
  lines: [],
}

function listed(
  capabilityKey: string,
  from: string,
  allowance: string,
  price: string,
  per = '1',
  version = 1,
): ListedPrice {
  return {
    bookId: BOOK,
    capabilityKey,
    version,
    effectiveFrom: instantOf(from),
    allowance,
    price,
    per,
    packaging: 'exact',
    tiers: null,
  }
}

const LISTED = [
  listed('functions.duration', FIRST, '100000', '0.000025'),
  listed('functions.duration', SECOND, '200000', '0.000025', '1', 2),
  listed('kvs.reads', FIRST, '0.1', '0.055'),
  listed('kvs.writes', FIRST, '0.1', '1.09'),
  listed('objects.requests', STORED, '5000', '0.001353', '1000'),
  listed('sql.requests', FIRST, '100000', '1.929', '1000000'),
]

export const PRICES: PriceVersion[] = [...new Set(LISTED.map(({ capabilityKey }) => capabilityKey))].flatMap((key) =>
  priceTimeline({
    prices: LISTED.filter(({ capabilityKey }) => capabilityKey === key),
    subscriptions: [{ bookId: BOOK, from: instantOf(FIRST), to: null }],
  }),
)
