import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareDecimals } from '../kernel/index.ts'
import { allowanceUses } from './index.ts'
import { anyUsage, at, NOVEMBER, priceOf, usageOf } from './test-usage.ts'

const asOf = at('2026-11-11T00:00:00Z')

test('an allowance of which ten a day are used runs out when the rest is gone, and each day after costs ten', () => {
  const usage = usageOf({ asOf, accounts: [{ price: priceOf('0.5', '125'), quantityOf: () => 10 }] })
  expect(allowanceUses(usage, NOVEMBER)).toEqual([
    {
      appId: 'app',
      capabilityKey: 'c0',
      allowance: '125',
      used: '100',
      percent: '80.0',
      usedUpAt: null,
      runsOutAt: at('2026-11-13T12:00:00Z'),
      dayAfter: '5',
    },
  ])
})

test('one that lasts beyond the period does not run out, one that is gone says since when', () => {
  const usage = usageOf({
    asOf,
    accounts: [
      { appId: 'lasting', price: priceOf('1', '1000'), quantityOf: () => 10 },
      { appId: 'gone', price: priceOf('1', '45'), quantityOf: () => 10 },
    ],
  })
  const uses = allowanceUses(usage, NOVEMBER)
  expect(uses.map(({ appId, runsOutAt, usedUpAt }) => [appId, runsOutAt, usedUpAt])).toEqual([
    ['lasting', null, null],
    ['gone', null, at('2026-11-05T12:00:00Z')],
  ])
})

test('usage before the period does not count against its allowance', () => {
  const usage = usageOf({
    asOf,
    accounts: [{ price: priceOf('1', '100'), quantityOf: ({ start }) => (start < NOVEMBER.start ? 1_000 : 1) }],
  })
  expect(allowanceUses(usage, NOVEMBER)[0]).toMatchObject({ used: '10', percent: '10.0' })
})

test('the sooner it runs out the earlier it stands; it is used up exactly from a hundred percent on; and it runs out within the period', () => {
  fc.assert(
    fc.property(anyUsage, (usage) => {
      const uses = allowanceUses(usage, NOVEMBER)
      const ends = uses.flatMap(({ runsOutAt }) => runsOutAt ?? [])
      expect(ends).toEqual(ends.toSorted((a, b) => (a < b ? -1 : 1)))
      for (const { used, allowance, percent, usedUpAt, runsOutAt, dayAfter } of uses) {
        const isGone = compareDecimals(used, allowance) >= 0
        expect(usedUpAt !== null).toBe(isGone)
        expect(Number(percent) >= 100).toBe(isGone)
        if (usedUpAt !== null) expect(usedUpAt >= NOVEMBER.start && usedUpAt <= usage.asOf).toBe(true)
        if (runsOutAt !== null) expect(runsOutAt >= usage.asOf && runsOutAt <= NOVEMBER.end).toBe(true)
        expect(compareDecimals(dayAfter, '0')).toBeGreaterThanOrEqual(0)
      }
    }),
    { numRuns: 150 },
  )
})
