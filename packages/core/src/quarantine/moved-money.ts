import type { Catalogue } from '../catalogue/index.ts'
import { fromScaled, type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import type { ActOutcome, UsageRecord } from '../projection/index.ts'
import { addRatios, compareRatios, divideRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'
import { bookOf, multiply, type Prices, priceAt, ZERO } from './stake.ts'

/** What acts move by the list, by currency: the larger of what they add and what they take away, so that a move counts once. */
export interface MovedMoney {
  amounts: { currency: string; amount: string }[]
  /** The same for each space by itself: of a move between two, each has its side. */
  bySpace: { spaceId: string; currency: string; amount: string }[]
  /** Records with a price that does not go by the single record: tiers, or a meter that does not add up. */
  untold: number
}

/**
 * The money that acts move, at the list prices in force at each event's time; usage without a price moves none. Exact decimal texts; allowances are not
 * considered, so it may be less.
 */
export function movedMoney(
  outcomes: Iterable<ActOutcome>,
  { catalogue, prices }: { catalogue: Catalogue; prices: Prices },
): MovedMoney {
  const cells = new Map<string, Cell>()
  let untold = 0
  const put = (input: { record: UsageRecord; spaceId: string; at: Instant; type: string; sign: 1n | -1n }): void => {
    const { record, spaceId, at, type, sign } = input
    if (record.isExempt) return
    const found = catalogue.metersInForce(type, at).find(({ meter }) => meter.slug === record.meter)
    const book = bookOf(prices, { spaceId, at })
    const price = found === undefined || book === null ? null : priceAt(book, found.meter.capabilityKey, at)
    if (found === undefined || book === null || price === null) return
    const version = found.meter.versions.find((each) => each.version === record.meterVersion)
    if (version === undefined || price.isTiered || !['SUM', 'COUNT'].includes(version.aggregation)) {
      untold++
      return
    }
    const quantity = divideRatios(ratioOf(fromScaled(record.quantity, QUANTITY_SCALE)), ratioOf(version.divisor))
    const amount = divideRatios(multiply(quantity, ratioOf(price.price)), ratioOf(price.per))
    const key = JSON.stringify([book.currency, spaceId, record.meter])
    const cell = cells.get(key) ?? { currency: book.currency, spaceId, change: ZERO }
    cells.set(key, { ...cell, change: addRatios(cell.change, { ...amount, numerator: amount.numerator * sign }) })
  }
  for (const outcome of outcomes) {
    if (outcome.outcome !== 'effective') continue
    const { state, event } = outcome
    const { type } = event.source.event
    for (const record of state.records) put({ record, spaceId: record.spaceId, at: record.at, type, sign: -1n })
    for (const record of event.records) put({ record, spaceId: event.spaceId, at: event.at, type, sign: 1n })
  }
  const all = [...cells.values()]
  const bySpace = [...Map.groupBy(all, ({ spaceId }) => spaceId)].sort(byName).flatMap(([spaceId, ofSpace]) => {
    return larger(ofSpace).map((moved) => ({ spaceId, ...moved }))
  })
  return { amounts: larger(all), bySpace, untold }
}

interface Cell {
  currency: string
  spaceId: string
  change: Ratio
}

function larger(cells: readonly Cell[]): MovedMoney['amounts'] {
  const byCurrency = [...Map.groupBy(cells, ({ currency }) => currency)]
  return byCurrency.sort(byName).map(([currency, ofCurrency]) => {
    const changes = ofCurrency.map(({ change }) => change)
    const added = changes.filter(({ numerator }) => numerator > 0n).reduce(addRatios, ZERO)
    const taken = changes.filter(({ numerator }) => numerator < 0n).reduce(addRatios, ZERO)
    const positive = { ...taken, numerator: -taken.numerator }
    return { currency, amount: formatRatio(compareRatios(added, positive) >= 0 ? added : positive) }
  })
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
