import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDecimals, compareDecimals, formatInstant, type Instant, sha256 } from '../kernel/index.ts'
import type { EntryDraft, LedgerEntry } from '../ledger/index.ts'
import {
  amountOf,
  decompose,
  type ListedPrice,
  type PriceVersion,
  partsBetween,
  priceTimeline,
  type RatedPart,
} from '../rating/index.ts'
import {
  billedOf,
  billingPeriod,
  closingEntries,
  composeStatement,
  type StatementState,
  statementId,
} from '../statement/index.ts'
import type { Window } from '../window/index.ts'
import { checkFocus } from './checks/check-focus.ts'
import type { FocusFacts } from './checks/fault.ts'
import { chargesOf, type FocusStatement, focusDataset, type PlacedEntry, toProfile12 } from './index.ts'
import { instantCell, instantOf } from './instant-cell.ts'
import { PARTIES } from './test-worked-month.ts'

const BOOK = 'book'
const HOUR = 3_600_000_000n
/** Four ways to price: a new version within the month, packages of a thousand, tiers with a flat fee, and one that begins in mid-month. */
const LISTED: ListedPrice[] = [
  listed('functions.duration', '2025-06-30T00:00:00Z', { allowance: '10', price: '0.000025' }),
  listed('functions.duration', '2026-06-20T00:00:00Z', { version: 2, allowance: '20', price: '0.00003' }),
  listed('objects.requests', '2026-01-01T00:00:00Z', { allowance: '5', per: '10', packaging: 'package' }),
  listed('sql.requests', '2026-01-01T00:00:00Z', { per: '1000000' }),
  listed('kvs.writes', '2026-01-01T00:00:00Z', {
    allowance: '1',
    tiers: {
      mode: 'graduated',
      tiers: [
        { upTo: '5', price: '1.09', flat: '0' },
        { upTo: '10', price: '0.9', flat: '2.5' },
        { upTo: null, price: '0.5', flat: '0' },
      ],
    },
  }),
  listed('queue.messages', '2026-06-15T12:00:00Z', { allowance: '2', price: '0.1' }),
]
const CAPABILITIES = [...new Set(LISTED.map(({ capabilityKey }) => capabilityKey))]
const PRICES = CAPABILITIES.flatMap((key) =>
  priceTimeline({
    prices: LISTED.filter(({ capabilityKey }) => capabilityKey === key),
    subscriptions: [{ bookId: BOOK, from: instantOf('2025-06-30T00:00:00Z'), to: null }],
  }),
)

function listed(capabilityKey: string, from: string, more: Partial<ListedPrice>): ListedPrice {
  const flat = { allowance: '0', price: '1.5', per: '1', packaging: 'exact' as const, tiers: null }
  return { bookId: BOOK, capabilityKey, version: 1, effectiveFrom: instantOf(from), ...flat, ...more }
}

interface Reading {
  app: string
  capability: string
  environment: string
  isExempt: boolean
  /** hour of the month */
  hour: number
  quantity: string
}

const readings = fc.record({
  app: fc.constantFrom('tasks', 'notes'),
  capability: fc.constantFrom(...CAPABILITIES),
  environment: fc.constantFrom('production', 'staging'),
  isExempt: fc.boolean(),
  hour: fc.integer({ min: 0, max: 719 }),
  quantity: fc.tuple(fc.nat(9), fc.bigInt({ min: 1n, max: 10n ** 30n - 1n })).map(([whole, fraction]) => {
    const digits = `${fraction}`.padStart(30, '0').replace(/0+$/, '')
    return `${whole}.${digits}`
  }),
})

/** Posts readings in the order given as settlement does: the parts of what the account used so far, less the parts before. */
function poster(period: Window) {
  const used = new Map<string, Map<PriceVersion | null, string>>()
  const posted = new Map<string, RatedPart[]>()
  const seen = new Set<string>()
  return (reading: Reading, billedIn: Window): EntryDraft => {
    const start = hourOf(period, reading.hour)
    const account = JSON.stringify([reading.app, reading.capability])
    const parts = reading.isExempt ? [exemptPart(reading.quantity)] : ratedParts(account, reading, start)
    const window = JSON.stringify([account, reading.environment, reading.isExempt, reading.hour])
    const shared = {
      period: texts(period),
      billedIn: texts(billedIn),
      app: reading.app,
      environment: reading.environment,
      exempt: reading.isExempt,
      capability: reading.capability,
      unit: 'GB',
      window: { start: formatInstant(start), end: formatInstant(min(start + HOUR, period.end)) },
      quantity: reading.quantity,
      amount: amountOf(parts),
      currency: 'USD',
      priceBook: BOOK,
      parts,
      measured: [],
      entitlements: [],
      journal: { shard: 0, through: '1' },
      cumulative: { before: '0', after: '0' },
    }
    if (!seen.has(window)) {
      seen.add(window)
      return { kind: 'usage', ...shared }
    }
    return { kind: 'adjustment', ...shared, adjusts: '1', reason: 'late_usage' }
  }

  function ratedParts(account: string, reading: Reading, start: Instant): RatedPart[] {
    const price =
      PRICES.find(
        (one) => one.capabilityKey === reading.capability && one.from <= start && (one.to === null || start < one.to),
      ) ?? null
    const quantities = used.get(account) ?? new Map<PriceVersion | null, string>()
    used.set(account, quantities.set(price, addDecimals(quantities.get(price) ?? '0', reading.quantity)))
    const segments = [...quantities].map(([of, quantity]) => ({ price: of, quantity }))
    segments.sort((a, b) => Number((a.price?.from ?? 0n) - (b.price?.from ?? 0n)))
    const after = decompose(segments)
    const parts = partsBetween(posted.get(account) ?? [], after)
    posted.set(account, after)
    return parts
  }
}

function exemptPart(quantity: string): RatedPart {
  const place = { priceBook: null, version: null, tier: 'exempt', unitPrice: null, per: null } as const
  return { ...place, quantity, units: '0', amount: '0' }
}

/** Hours of UTC, cut at the month's beginning in its zone. */
function hourOf(period: Window, hour: number): Instant {
  const first = period.start - (period.start % HOUR)
  const start = first + BigInt(hour) * HOUR
  return start < period.start ? period.start : start
}

function min(a: Instant, b: Instant): Instant {
  return a < b ? a : b
}

function texts({ start, end }: Window) {
  return { start: formatInstant(start), end: formatInstant(end) }
}

function postedEntry(draft: EntryDraft): LedgerEntry {
  return { format: 'meterbook/entry/1', postedAt: '2026-07-03T00:00:00Z', ...draft } as LedgerEntry
}

function statementOf(period: Window, entries: readonly LedgerEntry[], state: StatementState) {
  const billed = entries.filter((entry) => 'billedIn' in entry && entry.billedIn.start === formatInstant(period.start))
  const statement = composeStatement({
    period: texts(period),
    currency: 'USD',
    billed: billed.map(billedOf).filter((one) => one !== null),
    terms:
      state === 'open'
        ? []
        : [term('discount', '12.5', null), term('credit', null, '0.37'), term('minimum', null, '3')],
  })
  const id = statementId({ period, slug: 'acme' })
  const isOpen = state === 'open'
  const issued = period.end + 48n * HOUR
  const focus: FocusStatement = { ...statement, id, state, closedAt: isOpen ? null : issued, dueAt: null }
  const closing = isOpen ? [] : closingEntries({ statement, statementId: id, sha256 }).map(postedEntry)
  return { statement, focus, closing }
}

function term(kind: 'discount' | 'credit' | 'minimum', percent: string | null, amount: string | null) {
  return { id: `${kind}-1`, kind, capability: null, percent, amount, text: `The ${kind}` }
}

function place(entries: readonly LedgerEntry[]): PlacedEntry[] {
  return entries.map((entry, index) => ({ sequence: BigInt(index + 1), entry }))
}

const sumOf = (texts: readonly string[]) => texts.reduce(addDecimals, '0')

/** June closed with what was in time, July with what came late, closed or open. */
function months(input: { zone: string; inTime: Reading[]; late: Reading[]; isNextClosed: boolean }) {
  const june = billingPeriod(instantOf('2026-06-15T00:00:00Z'), input.zone)
  const july = billingPeriod(june.end, input.zone)
  const post = poster(june)
  const inTime = input.inTime.map((reading) => postedEntry(post(reading, june)))
  const first = statementOf(june, inTime, 'closed')
  const late = input.late.map((reading) => postedEntry(post(reading, july)))
  const second = statementOf(july, late, input.isNextClosed ? 'closed' : 'open')
  const entries = [...inTime, ...first.closing, ...late, ...second.closing]
  return { june, july, entries, first, second }
}

describe('a FOCUS export of whatever was posted', () => {
  test('adds up to the entries and the statements to the last digit, and passes all 72 checks', () => {
    fc.assert(
      fc.property(
        fc.record({
          zone: fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York'),
          inTime: fc.array(readings, { maxLength: 30 }),
          late: fc.array(readings, { maxLength: 10 }),
          isNextClosed: fc.boolean(),
        }),
        (input) => {
          const { june, july, entries, first, second } = months(input)
          const charges = chargesOf(place(entries))
          const dataset = focusDataset({
            parties: PARTIES,
            charges,
            statements: [first.focus, second.focus],
            takenAt: july.end,
            finalUntil: july.end,
          })
          const amounts = entries.flatMap((entry) => ('amount' in entry ? [entry.amount] : []))
          const billed = dataset.costAndUsage.rows.map((row) => row.BilledCost ?? '0')
          expect(compareDecimals(sumOf(billed), sumOf(amounts))).toBe(0)
          const facts: FocusFacts = {
            billingZone: input.zone,
            hasTags: true,
            prices: PRICES,
            names: new Map([['urn:meterbook:app:tasks', [{ from: null, name: 'Tasks' }]]]),
            earlierRows: dataset.costAndUsage.rows,
            completeMonths: [instantCell(june.start)],
            totals: [
              { where: { BillingPeriodStart: instantCell(june.start) }, billedCost: first.statement.total },
              ...(input.isNextClosed
                ? [{ where: { BillingPeriodStart: instantCell(july.start) }, billedCost: second.statement.total }]
                : []),
            ],
            payables: new Map([[first.focus.id, first.statement.total]]),
            profile12: toProfile12(dataset.costAndUsage),
          }
          expect(checkFocus(dataset, facts)).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('is the same whatever order the entries are read in', () => {
    fc.assert(
      fc.property(
        fc.array(readings, { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(), { minLength: 20 }),
        (inTime, keys) => {
          const placed = place(months({ zone: 'UTC', inTime, late: inTime.slice(0, 3), isNextClosed: true }).entries)
          const shuffled = placed
            .map((one, index) => [keys[index % keys.length] ?? 0, one] as const)
            .sort((a, b) => a[0] - b[0])
          expect(chargesOf(shuffled.map(([, one]) => one))).toEqual(chargesOf(placed))
        },
      ),
      { numRuns: 30 },
    )
  })
})
