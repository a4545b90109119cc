import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals, multiplyDecimals } from '../kernel/index.ts'
import { addRatios, divideRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'
import { amountOf, decompose, type PriceVersion, partsBetween, type SegmentUsage } from './index.ts'
import { decimalText, timeline } from './test-prices.ts'

/** Usage under each of the prices, and under none now and then. */
function usageUnder(
  prices: fc.Arbitrary<PriceVersion[]>,
  quantity: fc.Arbitrary<string>,
): fc.Arbitrary<SegmentUsage[]> {
  return prices.chain((list) =>
    fc.tuple(...list.map((price) => fc.record({ price: fc.option(fc.constant(price), { freq: 6 }), quantity }))),
  )
}

const counted = usageUnder(timeline({ perOf: 'ending' }), fc.nat(80).map(String))
const anyQuantity = fc
  .tuple(fc.integer({ min: -90_000, max: 300_000 }), fc.nat(4))
  .map(([n, scale]) => decimalText(n, scale))
const any = usageUnder(timeline({ perOf: 'any' }), anyQuantity)

test('a month costs what its units cost, counted one by one', () => {
  fc.assert(
    fc.property(counted, (usage) => {
      expect(amountOf(decompose(usage))).toBe(formatRatio(oneByOne(usage)))
    }),
    { numRuns: 400 },
  )
})

test('each part is its units at its price, and all parts together are what was used', () => {
  fc.assert(
    fc.property(any, (usage) => {
      const parts = decompose(usage)
      for (const { amount, units, unitPrice } of parts) expect(amount).toBe(multiplyDecimals(units, unitPrice ?? '0'))
      expect(sum(parts.map(({ quantity }) => quantity))).toBe(sum(usage.map(({ quantity }) => quantity)))
    }),
    { numRuns: 300 },
  )
})

test('cutting a stretch of time in two changes no part', () => {
  fc.assert(
    fc.property(any, fc.nat(), fc.nat(200_000), (usage, pick, first) => {
      const at = pick % usage.length
      const cut = usage.flatMap((segment, index) => {
        if (index !== at) return [segment]
        const rest = addDecimals(segment.quantity, `-${first}`)
        return [
          { ...segment, quantity: String(first) },
          { ...segment, quantity: rest },
        ]
      })
      expect(decompose(cut)).toEqual(decompose(usage))
    }),
    { numRuns: 300 },
  )
})

test('what was, and what lies between, is what is', () => {
  fc.assert(
    fc.property(any, any, (before, after) => {
      const between = partsBetween(decompose(before), decompose(after))
      expect(addDecimals(amountOf(decompose(before)), amountOf(between))).toBe(amountOf(decompose(after)))
      expect(partsBetween(decompose(after), decompose(after))).toEqual([])
    }),
    { numRuns: 200 },
  )
})

function sum(texts: readonly string[]): string {
  return texts.reduce(addDecimals, '0')
}

/** The plain model: every unit looks up what it costs by itself. */
function oneByOne(usage: readonly SegmentUsage[]): Ratio {
  let cost = ratioOf('0')
  let used = 0
  const total = usage.reduce((all, { price, quantity }) => (price === null ? all : all + Number(quantity)), 0)
  for (const { price, quantity } of usage) {
    if (price === null) continue
    for (let unit = 0; unit < Number(quantity); unit++) cost = addRatios(cost, unitCost(price, ++used, total))
  }
  return cost
}

function unitCost(price: PriceVersion, position: number, total: number): Ratio {
  const beyond = position - Number(price.allowance)
  if (beyond <= 0) return ratioOf('0')
  const isVolume = price.tiers?.mode === 'volume'
  const tiers = price.tiers?.tiers ?? [{ upTo: null, price: price.price, flat: '0' }]
  const place = isVolume ? Math.max(total - Number(price.allowance), 0) : beyond
  const index = tiers.findIndex(({ upTo }) => upTo === null || place <= Number(upTo))
  const tier = tiers[index] as (typeof tiers)[number]
  const isFirst = isVolume ? beyond === 1 : beyond - 1 === Number(tiers[index - 1]?.upTo ?? 0)
  const flat = ratioOf(isFirst ? tier.flat : '0')
  if (price.packaging === 'exact') return addRatios(flat, divideRatios(ratioOf(tier.price), ratioOf(price.per)))
  const beginsPackage = (beyond - 1) % Number(price.per) === 0
  return addRatios(flat, ratioOf(beginsPackage ? tier.price : '0'))
}
