import { expect, test } from 'vitest'
import { decompose, type ListedPrice, priceAt, priceSegments, priceTimeline } from './index.ts'
import { instant, monthOf } from './test-price-book.ts'

const day = (number: number) => instant(`2026-07-${String(number).padStart(2, '0')}T00:00:00Z`)

function listed(bookId: string, version: number, from: number, price = '1'): ListedPrice {
  const effectiveFrom = day(from)
  return {
    bookId,
    capabilityKey: 'c',
    version,
    effectiveFrom,
    allowance: '0',
    price,
    per: '1',
    packaging: 'exact',
    tiers: null,
  }
}

test('a space pays by the book it has, version by version, and by none while it has none', () => {
  const timeline = priceTimeline({
    prices: [listed('a', 2, 10), listed('a', 1, 1), listed('b', 1, 1), listed('b', 2, 25)],
    subscriptions: [
      { bookId: 'b', from: day(20), to: null },
      { bookId: 'a', from: day(5), to: day(15) },
    ],
  })
  expect(timeline.map(({ bookId, version, from, to }) => [bookId, version, from, to])).toEqual([
    ['a', 1, day(5), day(10)],
    ['a', 2, day(10), day(15)],
    ['b', 1, day(20), day(25)],
    ['b', 2, day(25), null],
  ])
  expect(priceAt(timeline, day(14))?.version).toBe(2)
  expect(priceAt(timeline, day(15))).toBeNull()
  const segments = priceSegments(timeline, monthOf('2026-07'))
  expect(segments.map(({ price, start }) => [price?.bookId, start])).toEqual([
    [undefined, day(1)],
    ['a', day(5)],
    ['a', day(10)],
    [undefined, day(15)],
    ['b', day(20)],
    ['b', day(25)],
  ])
  expect(segments.at(-1)?.end).toBe(monthOf('2026-07').end)
})

test('of two versions that begin together the later one stands', () => {
  const subscriptions = [{ bookId: 'a', from: day(1), to: null }]
  const timeline = priceTimeline({ prices: [listed('a', 1, 3), listed('a', 2, 3)], subscriptions })
  expect(timeline.map(({ version }) => version)).toEqual([2])
})

test('a subscription that is renewed changes nothing', () => {
  const prices = [listed('a', 1, 1), listed('a', 2, 20)]
  const once = priceTimeline({ prices, subscriptions: [{ bookId: 'a', from: day(1), to: null }] })
  const renewed = [
    { bookId: 'a', from: day(1), to: day(9) },
    { bookId: 'a', from: day(9), to: null },
  ]
  expect(priceTimeline({ prices, subscriptions: renewed })).toEqual(once)
})

test('two books at once, or prices of two capabilities, are refused', () => {
  const subscriptions = [
    { bookId: 'a', from: day(1), to: day(9) },
    { bookId: 'b', from: day(8), to: null },
  ]
  expect(() => priceTimeline({ prices: [listed('a', 1, 1), listed('b', 1, 1)], subscriptions })).toThrow(RangeError)
  const other = { ...listed('a', 1, 1), capabilityKey: 'd' }
  expect(() => priceTimeline({ prices: [listed('a', 1, 2), other], subscriptions: [] })).toThrow(RangeError)
})

test('what was used before a first price costs nothing, takes no allowance, and says so', () => {
  const price = { ...listed('a', 1, 10), allowance: '5', from: day(10), to: null }
  const parts = decompose([
    { price: null, quantity: '100' },
    { price, quantity: '7' },
  ])
  expect(parts.map(({ tier, quantity, amount }) => [tier, quantity, amount])).toEqual([
    ['unpriced', '100', '0'],
    ['allowance', '5', '0'],
    ['overage', '2', '2'],
  ])
})

test('a price that cannot be meant is refused, not rated', () => {
  const price = { ...listed('a', 1, 1), from: day(1), to: null }
  const tiered = (...ends: (string | null)[]) => ({
    ...price,
    tiers: { mode: 'graduated' as const, tiers: ends.map((upTo) => ({ upTo, price: '1', flat: '0' })) },
  })
  const refused = [
    { ...price, per: '0' },
    { ...price, per: '-1' },
    { ...price, allowance: '-1' },
    { ...price, price: '1e3' },
    { ...price, price: `0.${'0'.repeat(30)}1` },
    tiered(),
    tiered('5'),
    tiered('5', '5', null),
    tiered(null, null),
  ]
  for (const one of refused) expect(() => decompose([{ price: one, quantity: '1' }])).toThrow(RangeError)
  expect(decompose([{ price: tiered('5', '6', null), quantity: '7' }])).toHaveLength(3)
})
