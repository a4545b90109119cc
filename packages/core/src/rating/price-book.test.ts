import { expect, test } from 'vitest'
import { amountOf, decompose, segmentUsage, whatIf } from './index.ts'
import { instant, monthOf, timelineOf } from './test-price-book.ts'

function costOf(capability: string, month: string, quantity: string): string {
  const period = monthOf(month)
  const slices = [{ at: period.start, quantity }]
  return amountOf(decompose(segmentUsage({ timeline: timelineOf(capability), period, slices })))
}

test.each([
  ['functions.duration', '2026-07', '250000', '1.25'],
  ['functions.duration', '2026-05', '150000', '1.25'],
  ['functions.duration', '2026-07', '150000', '0'],
  ['kvs.reads', '2026-07', '0.15', '0.00275'],
  ['objects.requests', '2026-07', '25000', '0.02706'],
  ['sql.requests', '2026-07', '600000', '0.9645'],
  ['sql.stored', '2026-07', '691.991015625', '0'],
])('the public price list charges %s of %s, %s used, with %s', (capability, month, quantity, amount) => {
  expect(costOf(capability, month, quantity)).toBe(amount)
})

test('two apps of one space do not pool their allowances: together they use more than one, and neither pays', () => {
  const amount = costOf('functions.duration', '2026-07', '150000')
  expect(amountOf([{ amount }, { amount }])).toBe('0')
  expect(costOf('functions.duration', '2026-07', '300000')).toBe('2.5')
})

const JUNE = monthOf('2026-06')
const EARLY = instant('2026-06-10T00:00:00Z')
const LATE = instant('2026-06-29T00:00:00Z')

test('an allowance that rises in mid-month counts what was used before it, and gives back nothing', () => {
  const slices = [
    { at: EARLY, quantity: '150000' },
    { at: LATE, quantity: '100000' },
  ]
  const parts = decompose(segmentUsage({ timeline: timelineOf('functions.duration'), period: JUNE, slices }))
  const places = parts.map(({ version, tier, quantity, amount }) => [version, tier, quantity, amount])
  expect(places).toEqual([
    ['2025-06-30T00:00:00Z', 'allowance', '100000', '0'],
    ['2025-06-30T00:00:00Z', 'overage', '50000', '1.25'],
    ['2026-06-29T00:00:00Z', 'allowance', '50000', '0'],
    ['2026-06-29T00:00:00Z', 'overage', '50000', '1.25'],
  ])
})

test('late usage before a price change moves the allowance of what came after it', () => {
  const after = { at: LATE, quantity: '180000' }
  const cost = (early: string) => {
    const slices = [{ at: EARLY, quantity: early }, after]
    return amountOf(decompose(segmentUsage({ timeline: timelineOf('functions.duration'), period: JUNE, slices })))
  }
  expect(cost('20000')).toBe('0')
  // 60,000 before are free themselves, and leave 140,000 of the 200,000: 40,000 are charged
  expect(cost('60000')).toBe('1')
})

test('a what-if says what the same usage costs under a draft, and which part makes the difference', () => {
  const actual = timelineOf('functions.duration')
  const draft = actual.map((price) => ({ ...price, price: '0.00005' }))
  const slices = [{ at: instant('2026-07-03T04:00:00Z'), quantity: '250000' }]
  const result = whatIf({ period: monthOf('2026-07'), slices, actual, draft })
  expect([result.actual.amount, result.draft.amount, result.difference.amount]).toEqual(['1.25', '2.5', '1.25'])
  expect(result.difference.parts.map(({ unitPrice, units, amount }) => [unitPrice, units, amount])).toEqual([
    ['0.000025', '-50000', '-1.25'],
    ['0.00005', '50000', '2.5'],
  ])
})
