import { addDecimals, canonicalTuple, compareDecimals, type Instant, subtractDecimals } from '../kernel/index.ts'
import type { LedgerEntry } from '../ledger/index.ts'
import { earlier, later } from '../window/index.ts'
import { instantOf } from './instant-cell.ts'
import { isFreeTier } from './sku.ts'

/** Half-open, instants of microseconds. */
interface Span {
  start: Instant
  end: Instant
}

/** Why a charge stands in a later month than its usage; `null` in FocusCharge where it does not. */
export type CorrectionReason = 'LateUsage' | 'Cancellation' | 'Amendment' | 'Reattribution' | 'Repricing' | 'Mixed'

/**
 * What the ledger holds of one app, environment, capability, tier and day (UTC, cut at the edges of the billing period), in one billing
 * period and for one reason. Decimals are exact texts and may be negative; quantity is in the capability's unit, `units` = what is charged.
 */
export interface UsageCharge {
  kind: 'usage'
  app: string
  environment: string
  /** always null from the ledger, which does not tell installations apart */
  installation: string | null
  isExempt: boolean
  capability: string
  unit: string
  tier: string
  priceBook: string | null
  /** effectiveFrom of the price version; null where there was no price, as are unitPrice and per */
  priceVersion: string | null
  unitPrice: string | null
  per: string | null
  day: Span
  quantity: string
  units: string
  amount: string
  currency: string
  /** the month of the usage, and the month whose statement carries it */
  period: Span
  billedIn: Span
  correction: CorrectionReason | null
  sequenceFirst: bigint
  sequenceLast: bigint
}

/** An amount beside usage. One for each entry. */
export interface LumpCharge {
  kind: 'rounding' | 'discount' | 'credit' | 'minimum'
  amount: string
  currency: string
  text: string
  /** id of the billing term */
  term: string | null
  billedIn: Span
  sequenceFirst: bigint
  sequenceLast: bigint
}

export type FocusCharge = UsageCharge | LumpCharge

/** An entry in its place of one space's chain. */
export interface PlacedEntry {
  sequence: bigint
  entry: LedgerEntry
}

/** Takes entries one by one; memory is that of the charges, not of the entries. */
export interface ChargeFold {
  add(placed: PlacedEntry): void
  /** By billing period, day, app, capability and tier; the same for any order of adding. */
  charges(): FocusCharge[]
}

/**
 * The charges of ledger entries: Σ amount of the charges = Σ amount of the entries, to the last digit, and likewise the quantities of each
 * app, environment and capability. Statements and seals carry no amount of their own and make no charge.
 * Throws RangeError for an entry whose parts do not add up to it.
 */
export function chargesOf(entries: Iterable<PlacedEntry>): FocusCharge[] {
  const fold = foldCharges()
  for (const placed of entries) fold.add(placed)
  return fold.charges()
}

/** chargesOf for entries that come one by one. */
export function foldCharges(): ChargeFold {
  const usage = new Map<string, UsageCharge>()
  const lumps: LumpCharge[] = []
  return {
    add({ sequence, entry }) {
      switch (entry.kind) {
        case 'usage':
        case 'adjustment':
          for (const charge of usageCharges(entry, sequence)) merge(usage, charge)
          return
        case 'rounding':
        case 'discount':
        case 'credit':
        case 'minimum':
          lumps.push(lumpCharge(entry, sequence))
          return
        case 'statement':
        case 'journal_seal':
        case 'journal_archive':
          return
      }
    },
    charges: () => [...[...usage.values()].sort(inOrder), ...lumps.sort(bySequence)],
  }
}

type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }>
type LumpEntry = Extract<LedgerEntry, { kind: LumpCharge['kind'] }>
type Part = UsageEntry['parts'][number]

function usageCharges(entry: UsageEntry, sequence: bigint): UsageCharge[] {
  const [period, billedIn] = [spanOf(entry.period), spanOf(entry.billedIn)]
  const parts = withRest(entry)
  const total = parts.reduce((sum, { amount }) => addDecimals(sum, amount), '0')
  if (compareDecimals(total, entry.amount) !== 0) {
    throw new RangeError(`expected the parts of entry ${sequence} to add up to ${entry.amount}, found ${total}`)
  }
  return parts.map((part) => {
    const tier = entry.exempt ? 'exempt' : part.tier
    return {
      kind: 'usage',
      app: entry.app,
      environment: entry.environment,
      installation: null,
      isExempt: entry.exempt,
      capability: entry.capability,
      unit: entry.unit,
      tier,
      priceBook: part.priceBook,
      priceVersion: part.version,
      unitPrice: isFreeTier(tier) ? '0' : part.unitPrice,
      per: part.per,
      day: dayOf(spanOf(entry.window), period),
      quantity: part.quantity,
      units: part.units,
      amount: part.amount,
      currency: entry.currency,
      period,
      billedIn,
      correction: period.start === billedIn.start ? null : correctionReason(entry),
      sequenceFirst: sequence,
      sequenceLast: sequence,
    }
  })
}

/** What no part speaks of was not priced (a sum below zero, which costs nothing), and is shown all the same. */
function withRest({ parts, quantity, exempt }: UsageEntry): Part[] {
  const rest = parts.reduce((left, part) => subtractDecimals(left, part.quantity), quantity)
  if (compareDecimals(rest, '0') === 0) return parts
  const place = { priceBook: null, version: null, unitPrice: null, per: null }
  return [...parts, { ...place, tier: exempt ? 'exempt' : 'unpriced', quantity: rest, units: '0', amount: '0' }]
}

const REASONS = {
  late_usage: 'LateUsage',
  cancelled: 'Cancellation',
  amended: 'Amendment',
  reattributed: 'Reattribution',
  repriced: 'Repricing',
  mixed: 'Mixed',
} as const satisfies Record<Extract<LedgerEntry, { kind: 'adjustment' }>['reason'], CorrectionReason>

/** A first posting after its month was closed is late usage, whatever made it late. */
function correctionReason(entry: UsageEntry): CorrectionReason {
  return entry.kind === 'adjustment' ? REASONS[entry.reason] : 'LateUsage'
}

function lumpCharge(entry: LumpEntry, sequence: bigint): LumpCharge {
  return {
    kind: entry.kind,
    amount: entry.amount,
    currency: entry.currency,
    text: entry.text,
    term: entry.term ?? null,
    billedIn: spanOf(entry.billedIn),
    sequenceFirst: sequence,
    sequenceLast: sequence,
  }
}

function merge(charges: Map<string, UsageCharge>, charge: UsageCharge): void {
  const key = keyOf(charge)
  const before = charges.get(key)
  if (before === undefined) {
    charges.set(key, charge)
    return
  }
  before.quantity = addDecimals(before.quantity, charge.quantity)
  before.units = addDecimals(before.units, charge.units)
  before.amount = addDecimals(before.amount, charge.amount)
  if (charge.sequenceFirst < before.sequenceFirst) before.sequenceFirst = charge.sequenceFirst
  if (charge.sequenceLast > before.sequenceLast) before.sequenceLast = charge.sequenceLast
}

function keyOf(charge: UsageCharge): string {
  return canonicalTuple([
    charge.app,
    charge.environment,
    charge.capability,
    charge.tier,
    charge.priceBook,
    charge.priceVersion,
    charge.unitPrice,
    charge.per,
    `${charge.day.start}`,
    `${charge.period.start}`,
    `${charge.billedIn.start}`,
    charge.correction,
    charge.currency,
  ])
}

function inOrder(a: UsageCharge, b: UsageCharge): number {
  return (
    compare(a.billedIn.start, b.billedIn.start) ||
    compare(a.day.start, b.day.start) ||
    compare(a.app, b.app) ||
    compare(a.capability, b.capability) ||
    compare(a.environment, b.environment) ||
    compare(a.tier, b.tier) ||
    compare(keyOf(a), keyOf(b))
  )
}

function bySequence(a: LumpCharge, b: LumpCharge): number {
  return compare(a.sequenceFirst, b.sequenceFirst)
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function spanOf({ start, end }: { start: string; end: string }): Span {
  return { start: instantOf(start), end: instantOf(end) }
}

const DAY = 86_400_000_000n

/**
 * The UTC day of a window, within its billing period: hours of UTC tile UTC's days but not those of a zone at :30, and a period's first
 * and last day may be cut by the zone. Throws RangeError for a window that no day holds.
 */
function dayOf(window: Span, period: Span): Span {
  const start = window.start - (((window.start % DAY) + DAY) % DAY)
  const day = { start: later(start, period.start), end: earlier(start + DAY, period.end) }
  if (window.start < day.start || window.end > day.end) {
    throw new RangeError(`expected a window within a day and its period, found ${window.start} to ${window.end}`)
  }
  return day
}
