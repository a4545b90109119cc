import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals } from '../kernel/index.ts'
import { timelineOf } from '../rating/test-price-book.ts'
import { decidePostings, type MeterBase, priceShare } from './index.ts'
import { accountOf, FACTS, hour, usageOf } from './test-account.ts'

const WINDOW = hour('2026-07-02T11:00:00Z', '0')
const EARLIER = hour('2026-07-02T10:00:00Z', '199999.5')
const timeline = timelineOf('functions.duration')
const bases = (quantity: string): MeterBase[] => [
  { meter: 'functions_duration', version: 1, base: quantity, divisor: '3' },
]
const sum = (texts: readonly string[]) => texts.reduce(addDecimals, '0')
const place = { environment: WINDOW.environment, isExempt: false, window: WINDOW.window }
const posted = [{ window: EARLIER.window, measured: EARLIER.measured }]

function sharesOf(quantities: readonly string[], isExempt = false) {
  return quantities.map((own, at) =>
    priceShare({
      account: accountOf('2026-07'),
      timeline,
      posted,
      window: { ...place, isExempt },
      before: bases(sum(quantities.slice(0, at))),
      own: bases(own),
      after: bases(sum(quantities.slice(at + 1))),
    }),
  )
}

test('the shares of all events of an entry add up to what was posted, across the end of an allowance and quotients without end', () => {
  const quantity = fc.integer({ min: 0, max: 4_000 }).map((n) => (n / 1_000).toString())
  fc.assert(
    fc.property(fc.array(quantity, { minLength: 1, maxLength: 8 }), (quantities) => {
      const measured = { ...WINDOW, measured: bases(sum(quantities)) }
      const [, entry] = decidePostings({ facts: FACTS, accounts: [usageOf('2026-07', [EARLIER, measured])] })
      const shares = sharesOf(quantities)
      expect(sum(shares.map(({ amount }) => amount))).toBe(entry?.amount ?? '0')
      expect(sum(shares.map((share) => share.quantity))).toBe(entry?.quantity ?? '0')
      for (const share of shares) {
        expect(share.entry).toEqual({ quantity: entry?.quantity ?? '0', amount: entry?.amount ?? '0' })
      }
      expect(shares.slice(1).map(({ cumulative }) => cumulative.before)).toEqual(
        shares.slice(0, -1).map(({ cumulative }) => cumulative.after),
      )
    }),
    { numRuns: 200 },
  )
})

test('the event that uses up the allowance pays for what is beyond it only', () => {
  const [first, second] = sharesOf(['1.2', '0.9'])
  expect(first).toMatchObject({ quantity: '0.4', amount: '0', cumulative: { before: '199999.5', after: '199999.9' } })
  expect(second).toMatchObject({ quantity: '0.3', amount: '0.000005' })
  expect(second?.parts.map(({ tier, quantity }) => [tier, quantity])).toEqual([
    ['allowance', '0.1'],
    ['overage', '0.2'],
  ])
})

test('an exempt event costs nothing and leaves the month of the others alone', () => {
  expect(sharesOf(['3'], true)[0]).toMatchObject({ amount: '0', cumulative: { before: '0', after: '1' } })
})
