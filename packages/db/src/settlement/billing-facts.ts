import { type Aggregation, type Instant, multiplyDecimals } from '@meterbook/core/kernel'
import { type ListedPrice, type PriceVersion, priceTimeline } from '@meterbook/core/rating'
import { earlier, later, MICROS_PER_HOUR, type Window, windowEnd, windowStart } from '@meterbook/core/window'
import type { BillingMeter, BillingSpace, RatingChange, RatingFacts } from '../postgres/index.ts'

/** What adds up over windows, and so can be billed by them. */
const BILLABLE: readonly Aggregation[] = ['SUM', 'COUNT', 'TIME_WEIGHTED']

const HOUR = 3_600_000_000n

/** Why usage that has a price is not settled. */
export interface SettlementFault {
  code: 'meter_not_billable' | 'space_unknown' | 'currency_differs' | 'not_reratable'
  /** the meter's slug, the space's id, or the account */
  of: string
}

/** Rating facts as settlement asks for them: whose price when, how a window is cut, what a row's base measure is. */
export class BillingFacts {
  readonly #facts: RatingFacts
  readonly #meters: Map<string, BillingMeter>
  readonly #pricesByCapability = new Map<string, ListedPrice[]>()
  readonly #timelines = new Map<string, PriceVersion[]>()
  readonly #periods = new Map<string, Window>()

  constructor(facts: RatingFacts) {
    this.#facts = facts
    this.#meters = new Map(facts.meters.map((meter) => [meter.slug, meter]))
    for (const price of facts.prices) {
      const known = this.#pricesByCapability.get(price.capabilityKey)
      if (known) known.push(price)
      else this.#pricesByCapability.set(price.capabilityKey, [price])
    }
  }

  /** Slugs of the meters whose capability has any price and that some version measures in one of these ways. */
  pricedMeters(aggregations: readonly Aggregation[]): string[] {
    return this.#facts.meters
      .filter(({ capabilityKey }) => this.#pricesByCapability.has(capabilityKey))
      .filter(({ versions }) => [...versions.values()].some(({ aggregation }) => aggregations.includes(aggregation)))
      .map(({ slug }) => slug)
  }

  /** Those that any book has a price for. */
  pricedCapabilities(): string[] {
    return [...this.#pricesByCapability.keys()]
  }

  meter(slug: string): BillingMeter | null {
    return this.#meters.get(slug) ?? null
  }

  /** In words; the empty text for a capability without a meter. */
  unitOf(capabilityKey: string): string {
    return this.#facts.meters.find((meter) => meter.capabilityKey === capabilityKey)?.unit ?? ''
  }

  /** Slugs of the meters of a capability. */
  metersOf(capabilityKey: string): string[] {
    return this.#facts.meters.filter((meter) => meter.capabilityKey === capabilityKey).map(({ slug }) => slug)
  }

  space(spaceId: string): BillingSpace | null {
    return this.#facts.spaces.get(spaceId) ?? null
  }

  /** The prices of a capability in force for a space; empty: it is not billed there. */
  timelineOf(space: BillingSpace, capabilityKey: string): PriceVersion[] {
    const key = `${space.id} ${capabilityKey}`
    const known = this.#timelines.get(key)
    if (known !== undefined) return known
    const prices = this.#pricesByCapability.get(capabilityKey) ?? []
    const timeline = priceTimeline({ prices, subscriptions: space.subscriptions })
    this.#timelines.set(key, timeline)
    return timeline
  }

  /** The same of only those versions: how usage was rated before others were added to the past. */
  timelineBy(
    space: BillingSpace,
    capabilityKey: string,
    used: readonly { bookId: string; version: Instant }[],
  ): PriceVersion[] {
    const prices = (this.#pricesByCapability.get(capabilityKey) ?? []).filter(({ bookId, effectiveFrom }) =>
      used.some((each) => each.bookId === bookId && each.version === effectiveFrom),
    )
    return priceTimeline({ prices, subscriptions: space.subscriptions })
  }

  /** What rating was not known to depend on. */
  newChanges(known: ReadonlySet<string>): RatingChange[] {
    return this.#facts.changes.filter(({ key }) => !known.has(key))
  }

  /** The billing period, a month of the space's zone, that holds an instant. */
  periodOf(space: BillingSpace, at: Instant): Window {
    const key = `${space.billingZone} ${at - (at % HOUR)}`
    const known = this.#periods.get(key)
    if (known !== undefined && at >= known.start && at < known.end) return known
    const period = {
      start: windowStart(at, 'month', space.billingZone),
      end: windowEnd(at, 'month', space.billingZone),
    }
    this.#periods.set(key, period)
    return period
  }

  /** The settlement window that holds an instant: the hour of UTC, cut where a billing period or a price begins or ends. */
  windowOf(input: { space: BillingSpace; capabilityKey: string; at: Instant }): Window {
    const { space, capabilityKey, at } = input
    const hour = at - (at % HOUR)
    const period = this.periodOf(space, at)
    let window = { start: later(hour, period.start), end: earlier(hour + HOUR, period.end) }
    for (const { from, to } of this.timelineOf(space, capabilityKey)) {
      for (const cut of [from, to]) {
        if (cut === null || cut <= window.start || cut >= window.end) continue
        window = cut <= at ? { start: cut, end: window.end } : { start: window.start, end: cut }
      }
    }
    return window
  }

  /** Every instant in (from, to) at which a window of any space is cut, ascending. More than one window needs is no harm: pieces are put together. */
  cutsWithin(from: Instant, to: Instant): Instant[] {
    const cuts = new Set<Instant>()
    const add = (cut: Instant | null) => cut !== null && cut > from && cut < to && cuts.add(cut)
    for (const { effectiveFrom } of this.#facts.prices) add(effectiveFrom)
    const zones = new Set<string>()
    for (const space of this.#facts.spaces.values()) {
      zones.add(space.billingZone)
      for (const subscription of space.subscriptions) {
        add(subscription.from)
        add(subscription.to)
      }
    }
    for (const zone of zones) {
      for (let at = windowEnd(from, 'month', zone); at < to; at = windowEnd(at, 'month', zone)) add(at)
    }
    return [...cuts].sort((a, b) => (a < b ? -1 : 1))
  }

  /** Instants at which any price of a space begins or ends, ascending: between two of them each capability has one price. */
  priceCutsOf(space: BillingSpace): Instant[] {
    const cuts = new Set<Instant>()
    for (const capabilityKey of this.#pricesByCapability.keys()) {
      for (const { from, to } of this.timelineOf(space, capabilityKey)) {
        cuts.add(from)
        if (to !== null) cuts.add(to)
      }
    }
    return [...cuts].sort((a, b) => (a < b ? -1 : 1))
  }

  /** Named, so that usage with a price is never left out in silence. */
  faults(): SettlementFault[] {
    const meters = this.#facts.meters
      .filter(({ capabilityKey }) => this.#pricesByCapability.has(capabilityKey))
      .filter(({ versions }) => [...versions.values()].some(({ aggregation }) => !BILLABLE.includes(aggregation)))
      .map(({ slug }): SettlementFault => ({ code: 'meter_not_billable', of: slug }))
    const spaces = [...this.#facts.spaces.values()]
      .filter((space) => !this.hasOneCurrency(space))
      .map(({ id }): SettlementFault => ({ code: 'currency_differs', of: id }))
    return [...meters, ...spaces]
  }

  /** Whether the books of a space are in the space's currency: an amount in another one must not be added up with it. */
  hasOneCurrency(space: BillingSpace): boolean {
    return space.subscriptions.every(({ bookId }) => this.#facts.currencies.get(bookId) === space.currency)
  }
}

/** Base measure and divisor of a row, as posting wants them; null where that version does not add up, or is read the other way. */
export function baseOf(
  meter: BillingMeter,
  piece: { meterVersion: number; count: string; total: string },
  isLevel: boolean,
): { base: string; divisor: string } | null {
  const version = meter.versions.get(piece.meterVersion)
  if (version === undefined || !BILLABLE.includes(version.aggregation)) return null
  const { aggregation, divisor } = version
  if ((aggregation === 'TIME_WEIGHTED') !== isLevel) return null
  if (isLevel) return { base: piece.total, divisor: multiplyDecimals(divisor, MICROS_PER_HOUR) }
  return { base: aggregation === 'COUNT' ? piece.count : piece.total, divisor }
}
