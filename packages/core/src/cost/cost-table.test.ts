import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromScaled } from '../kernel/index.ts'
import { AMOUNT_SCALE } from '../rating/index.ts'
import { bucketsBetween } from '../window/index.ts'
import { addSums, type CostCell, type CostSums, NO_SUMS, savedBy, shareOf } from './cost-cell.ts'
import { costTable, type Summed } from './cost-table.ts'

const HOUR = 3_600_000_000n
const START = BigInt(Date.parse('2026-03-28T00:00:00Z')) * 1000n
const HOURS = 72
const ZONES = [
  'UTC',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Asia/Kolkata',
  'Europe/Budapest',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'America/Los_Angeles',
  'Asia/Tehran',
  'Africa/Casablanca',
]
const amount = fc.bigInt({ min: -(10n ** 92n), max: 10n ** 95n })
const quantity = fc.bigInt({ min: -(10n ** 31n), max: 10n ** 36n })

const sums: fc.Arbitrary<CostSums> = fc.record({
  quantity,
  billable: quantity,
  amount,
  saved: amount,
  correction: fc.oneof(fc.constant(0n), amount),
  first: amount,
})
const cell: fc.Arbitrary<CostCell> = fc
  .record({ hour: fc.nat(HOURS - 1), appId: fc.constantFrom('a', 'b'), environment: fc.constantFrom('x', 'y'), sums })
  .map(({ hour, ...rest }) => ({
    ...rest,
    capability: 'c',
    isExempt: false,
    window: { start: START + BigInt(hour) * HOUR, end: START + BigInt(hour + 1) * HOUR },
    price: null,
    isProvisional: false,
    isAdjusted: false,
  }))
const cells = fc.array(cell, { maxLength: 30 })
/** Half an hour's usage in its first seven minutes, nothing after. */
const usedUntil = (one: CostCell, at: bigint) => {
  const passed = at - one.window.start
  const busy = 420_000_000n
  return { used: passed > busy ? busy : passed, whole: busy }
}
const added = (all: readonly Summed[]) => {
  const sum = { ...NO_SUMS }
  for (const one of all) addSums(sum, one.sums)
  return sum
}

test('whatever the zone and the size of buckets, buckets and groups add up to every cell, to the last digit', () => {
  fc.assert(
    fc.property(
      cells,
      fc.constantFrom(...ZONES),
      fc.constantFrom('quarter', 'hour', 'day', 'week', 'month', 'whole'),
      (all, zone, size) => {
        const buckets = bucketsBetween(START, START + BigInt(HOURS) * HOUR, size, zone)
        const table = costTable({ cells: all, buckets, groupOf: (one) => `${one.appId} ${one.environment}`, usedUntil })
        const expected = { ...NO_SUMS }
        for (const one of all) addSums(expected, one.sums)
        expect(table.total.sums).toEqual(expected)
        expect(added(table.totals)).toEqual(expected)
        expect(added([...table.groups.values()].map(({ total }) => total))).toEqual(expected)
        for (const { total, values } of table.groups.values()) expect(added(values)).toEqual(total.sums)
      },
    ),
    { numRuns: 150 },
  )
})

test('a bucket has the same amount whatever else the hour is cut into', () => {
  fc.assert(
    fc.property(cells, fc.integer({ min: 1, max: 59 }), (all, minute) => {
      const at = START + 30n * HOUR + BigInt(minute) * 60_000_000n
      const end = START + BigInt(HOURS) * HOUR
      const groupOf = () => ''
      const two = [
        { start: START, end: at },
        { start: at, end },
      ]
      const many = bucketsBetween(START, end, 'minute', 'UTC')
      const before = costTable({ cells: all, buckets: two, groupOf, usedUntil }).totals[0]
      const fine = costTable({ cells: all, buckets: many, groupOf, usedUntil }).totals
      expect(added(fine.filter((_, index) => (many[index]?.end ?? 0n) <= at))).toEqual(before?.sums)
    }),
    { numRuns: 40 },
  )
})

test('what lies outside of the range is not in it, and a cell across its edge is cut there', () => {
  const one: CostCell = {
    appId: 'a',
    capability: 'c',
    isExempt: false,
    environment: 'x',
    window: { start: START, end: START + HOUR },
    sums: { ...NO_SUMS, quantity: 100n, billable: 100n, amount: 10n ** 90n },
    price: null,
    isProvisional: false,
    isAdjusted: false,
  }
  const half = { used: 1n, whole: 4n }
  const table = costTable({
    cells: [one],
    buckets: [{ start: START + HOUR / 2n, end: START + 2n * HOUR }],
    groupOf: () => '',
    usedUntil: () => half,
  })
  expect(fromScaled(table.total.sums.amount, AMOUNT_SCALE)).toBe('0.75')
})

test('within an hour the allowance is used up first', () => {
  const whole = { ...NO_SUMS, quantity: 100n, billable: 25n, amount: 10n ** 90n, saved: 3n * 10n ** 90n }
  const at = (used: bigint) => shareOf(whole, { used, whole: 100n })
  expect(at(50n)).toMatchObject({ quantity: 50n, billable: 0n, amount: 0n, saved: 2n * 10n ** 90n })
  expect(at(80n)).toMatchObject({ quantity: 80n, billable: 5n, amount: 2n * 10n ** 89n, saved: 3n * 10n ** 90n })
  expect(at(100n)).toEqual(whole)
})

test('an allowance is worth what the first units beyond it cost', () => {
  const price = {
    bookId: 'b',
    capabilityKey: 'c',
    version: 1,
    effectiveFrom: 0n,
    from: 0n,
    to: null,
    allowance: '10',
    price: '1.929',
    per: '1000000',
    packaging: 'exact' as const,
    tiers: null,
  }
  expect(fromScaled(savedBy(100_000n * 10n ** 30n, price), AMOUNT_SCALE)).toBe('0.1929')
})
