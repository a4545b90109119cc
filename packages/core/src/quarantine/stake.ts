import { isExempt } from '../attribution/index.ts'
import type { Catalogue, MeterInForce } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { fromScaled, type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import { measureOf } from '../meter/index.ts'
import { addRatios, divideRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'

/** `price` for `per` units from an instant on. Exact decimal texts. */
export interface ListPrice {
  capabilityKey: string
  effectiveFrom: Instant
  price: string
  per: string
  isTiered: boolean
}

export interface PriceBook {
  id: string
  currency: string
  /** The oldest version of a capability first. */
  prices: readonly ListPrice[]
}

export interface Prices {
  books: readonly PriceBook[]
  /** Which space has which book, [from, to). */
  subscriptions: readonly { spaceId: string; priceBookId: string; from: Instant; to: Instant | null }[]
}

/** Why the money of an event cannot be told. */
export type StakeFault =
  | 'conflict'
  | 'time'
  | 'no_meter'
  | 'no_price_book'
  | 'no_price'
  | 'tiered'
  | 'not_additive'
  | 'unreadable'

export type EventStake = { ok: true; currency: string; amount: Ratio } | { ok: false; code: StakeFault }

/**
 * What an event that is held would cost by the list: its quantity × the list price in force at its time, in the price book of the space's
 * subscription, or in the only book there is where nobody owns the app. Allowances are not considered: what is left of them depends on
 * everything else of the month. Nothing is guessed: where one of its priced meters cannot be told, the event cannot.
 */
export function eventStake(input: {
  held: { verdict: string; reason: string; appId: string; spaceId: string; at: Instant; event: UsageEvent }
  catalogue: Catalogue
  prices: Prices
}): EventStake {
  const { held, catalogue, prices } = input
  const { at, appId, event } = held
  if (held.verdict === 'conflict') return { ok: false, code: 'conflict' }
  if (held.reason === 'time_too_old' || held.reason === 'time_in_future') return { ok: false, code: 'time' }
  const meters = catalogue.metersInForce(event.type, at)
  if (meters.length === 0) return { ok: false, code: 'no_meter' }
  const book = bookOf(prices, held)
  if (book === null) return { ok: false, code: 'no_price_book' }
  const amounts: Ratio[] = []
  for (const inForce of meters) {
    const price = priceAt(book, inForce.meter.capabilityKey, at)
    if (price === null) continue
    const amount = amountOf({ inForce, price, event })
    if (typeof amount === 'string') return { ok: false, code: amount }
    amounts.push(amount)
  }
  if (amounts.length === 0) return { ok: false, code: 'no_price' }
  const isFree = isExempt({ catalogue, appId, installation: event.installation, at })
  return { ok: true, currency: book.currency, amount: isFree ? ZERO : amounts.reduce(addRatios) }
}

export const ZERO: Ratio = { numerator: 0n, denominator: 1n }

function amountOf(input: { inForce: MeterInForce; price: ListPrice; event: UsageEvent }): Ratio | StakeFault {
  const { version } = input.inForce
  const { price } = input
  if (version.aggregation !== 'SUM' && version.aggregation !== 'COUNT') return 'not_additive'
  if (price.isTiered) return 'tiered'
  const measurement = measureOf(version)(input.event)
  if (!measurement.ok) return 'unreadable'
  const base = ratioOf(fromScaled(measurement.quantity, QUANTITY_SCALE))
  const quantity = divideRatios(base, ratioOf(version.divisor))
  return divideRatios(multiply(quantity, ratioOf(price.price)), ratioOf(price.per))
}

export function multiply(a: Ratio, b: Ratio): Ratio {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator }
}

export function bookOf(prices: Prices, held: { spaceId: string; at: Instant }): PriceBook | null {
  const subscription = prices.subscriptions.find(
    ({ spaceId, from, to }) => spaceId === held.spaceId && from <= held.at && (to === null || held.at < to),
  )
  if (subscription) return prices.books.find(({ id }) => id === subscription.priceBookId) ?? null
  const [only, ...others] = prices.books
  return only !== undefined && others.length === 0 ? only : null
}

/** The last version that began at or before the instant. */
export function priceAt(book: PriceBook, capabilityKey: string, at: Instant): ListPrice | null {
  const versions = book.prices.filter((price) => price.capabilityKey === capabilityKey && price.effectiveFrom <= at)
  return versions.reduce<ListPrice | null>(
    (latest, price) => (latest === null || price.effectiveFrom >= latest.effectiveFrom ? price : latest),
    null,
  )
}

/** The stakes of many events: money by currency, and how many events cannot be told, by why. */
export interface StakeSum {
  amounts: ReadonlyMap<string, Ratio>
  undecided: ReadonlyMap<StakeFault, number>
}

export const EMPTY_STAKE: StakeSum = { amounts: new Map(), undecided: new Map() }

export function addStake(sum: StakeSum, stake: EventStake): StakeSum {
  if (!stake.ok) {
    const undecided = new Map(sum.undecided).set(stake.code, (sum.undecided.get(stake.code) ?? 0) + 1)
    return { ...sum, undecided }
  }
  const { currency, amount } = stake
  return { ...sum, amounts: new Map(sum.amounts).set(currency, addRatios(sum.amounts.get(currency) ?? ZERO, amount)) }
}

const FAULTS: Record<StakeFault, string> = {
  conflict: 'which of two contents is right is not known',
  time: 'its time is not to be believed, and prices go by the time',
  no_meter: 'no meter measures it',
  no_price_book: 'nobody is subscribed to a price book for it, and there is not exactly one',
  no_price: 'no price is in force for what it measures',
  tiered: 'its price depends on the whole month',
  not_additive: 'its meter does not add up: what one event costs depends on the others',
  unreadable: 'its value cannot be read',
}

/** As texts: exact decimal amounts by currency, and the events that have none, with the reason in words. */
export function stakeTexts(sum: StakeSum): {
  amounts: { currency: string; amount: string }[]
  undecided: { code: StakeFault; text: string; events: number }[]
} {
  return {
    amounts: [...sum.amounts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, amount]) => ({ currency, amount: formatRatio(amount) })),
    undecided: [...sum.undecided].map(([code, events]) => ({ code, text: FAULTS[code], events })),
  }
}
