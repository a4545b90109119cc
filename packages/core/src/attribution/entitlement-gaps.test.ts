import { expect, test } from 'vitest'
import { catalogueGaps, type GapFacts } from './entitlement-gaps.ts'

const FACTS: GapFacts = {
  apps: [{ id: 'app', since: 0n, until: null }],
  ownerships: [{ appId: 'app', spaceId: 'ours', from: 0n, to: null }],
  subscriptions: [{ id: 'sub', spaceId: 'ours', priceBookId: 'book', from: 0n, to: null }],
  entitlements: [{ id: 'e', subscriptionId: 'sub', appId: 'app', capabilityKey: 'c', from: 0n, to: null }],
  prices: [{ priceBookId: 'book', capabilityKey: 'c', from: 0n }],
  meters: [],
}
const gaps = (over: Partial<GapFacts>, to: bigint | null = 100n) =>
  catalogueGaps({ ...FACTS, ...over }, { from: 0n, to }).map(({ kind, from, to }) => [kind, from, to])

test('a catalogue in order has none', () => {
  expect(gaps({})).toEqual([])
})

test('time without an owner, a subscription, a right or a price is named with its bounds', () => {
  expect(gaps({ ownerships: [{ appId: 'app', spaceId: 'ours', from: 10n, to: 90n }] })).toEqual([
    ['unowned', 0n, 10n],
    ['unowned', 90n, 100n],
  ])
  expect(gaps({ subscriptions: [{ id: 'sub', spaceId: 'ours', priceBookId: 'book', from: 30n, to: null }] })).toEqual([
    ['unsubscribed', 0n, 30n],
  ])
  const right = (from: bigint, to: bigint | null, subscriptionId = 'sub') => {
    return { id: `e${from}`, subscriptionId, appId: 'app', capabilityKey: 'c', from, to }
  }
  expect(gaps({ entitlements: [right(20n, 40n), right(50n, 60n)] })).toEqual([
    ['not_entitled', 40n, 50n],
    ['not_entitled', 60n, 100n],
  ])
  expect(gaps({ prices: [{ priceBookId: 'book', capabilityKey: 'c', from: 70n }] })).toEqual([['unpriced', 0n, 70n]])
  expect(gaps({ prices: [] })).toEqual([])
})

test('a right under a subscription that is over does not hold, and is told apart from one that was never given', () => {
  const subscriptions = [
    { id: 'sub', spaceId: 'ours', priceBookId: 'book', from: 0n, to: 50n },
    { id: 'next', spaceId: 'ours', priceBookId: 'book', from: 50n, to: null },
  ]
  expect(gaps({ subscriptions })).toEqual([['dangling', 50n, 100n]])
})

test('two meters of one capability that measure the same events count them twice', () => {
  const meter = (slug: string, ...versions: { from: bigint; eventType: string }[]) => ({
    slug,
    capabilityKey: 'c',
    versions,
  })
  const meters = [
    meter('a', { from: 0n, eventType: 'x' }, { from: 60n, eventType: 'y' }),
    meter('b', { from: 40n, eventType: 'x' }),
  ]
  expect(gaps({ meters })).toEqual([['double_metered', 40n, 60n]])
  expect(
    gaps({
      meters: [
        meter('a', { from: 0n, eventType: 'x' }),
        { ...meter('b', { from: 0n, eventType: 'x' }), capabilityKey: 'd' },
      ],
    }),
  ).toEqual([])
})
