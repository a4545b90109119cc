import { expect, test } from 'vitest'
import { EntryDraft } from '../ledger/index.ts'
import { instant, timelineOf } from '../rating/test-price-book.ts'
import { billedIn, decidePostings, quantityOfBases } from './index.ts'
import { FACTS, hour, ledgerOf, totalOf, usageOf } from './test-account.ts'

const decide = (...accounts: Parameters<typeof decidePostings>[0]['accounts']) =>
  decidePostings({ facts: FACTS, accounts })

const FIRST = hour('2026-07-02T10:00:00Z', '150000')
const SECOND = hour('2026-07-02T11:00:00Z', '100000')

test('the first posting of a window says what was used, what it costs and why', () => {
  const [first, second] = decide(usageOf('2026-07', [SECOND, FIRST]))
  expect(first?.amount).toBe('0')
  expect(second).toEqual({
    kind: 'usage',
    period: { start: '2026-07-01T00:00:00Z', end: '2026-08-01T00:00:00Z' },
    billedIn: { start: '2026-07-01T00:00:00Z', end: '2026-08-01T00:00:00Z' },
    app: 'app-1',
    environment: 'production',
    exempt: false,
    capability: 'functions.duration',
    unit: 'GB-second',
    window: { start: '2026-07-02T11:00:00Z', end: '2026-07-02T12:00:00Z' },
    quantity: '100000',
    amount: '1.25',
    currency: 'USD',
    priceBook: 'book-public-2026',
    parts: [part('allowance', '50000', '0', '0', '0'), part('overage', '50000', '50000', '0.000025', '1.25')],
    measured: [{ meter: 'functions_duration', version: 1, base: '100000', divisor: '1' }],
    entitlements: ['grant-1'],
    journal: { shard: 3, through: '812' },
    cumulative: { before: '150000', after: '250000' },
  })
})

function part(tier: string, quantity: string, units: string, unitPrice: string, amount: string) {
  return {
    priceBook: 'book-public-2026',
    version: '2026-06-29T00:00:00Z',
    tier,
    quantity,
    units,
    unitPrice,
    per: '1',
    amount,
  }
}

test('every draft is one that the ledger takes', () => {
  const exempt = { ...FIRST, isExempt: true }
  const posted = ledgerOf(decide(usageOf('2026-06', [hour('2026-06-29T00:00:00Z', '1')])))
  const causes = [{ reason: 'amended', act: 'act-1' }] as const
  const late = hour('2026-06-29T00:00:00Z', '0.5', { causes, measured: [] })
  for (const draft of [...decide(usageOf('2026-07', [FIRST, exempt])), ...decide(usageOf('2026-06', [late], posted))]) {
    expect(EntryDraft.parse(draft)).toEqual(draft)
  }
})

test('what is posted already is not posted again', () => {
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST, SECOND])))
  expect(decide(usageOf('2026-07', [SECOND, FIRST], posted))).toEqual([])
})

test('late usage posts the difference, points back and says why', () => {
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST, SECOND])), 40)
  const [late, ...others] = decide(usageOf('2026-07', [hour('2026-07-02T10:00:00Z', '150010'), SECOND], posted))
  expect(others).toEqual([])
  expect(late).toMatchObject({
    kind: 'adjustment',
    adjusts: '40',
    reason: 'late_usage',
    quantity: '10',
    amount: '0.00025',
  })
  expect(late?.cumulative).toEqual({ before: '250000', after: '250010' })
})

test('a window of which nothing is left is posted back to zero', () => {
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST, SECOND])))
  const gone = decide(usageOf('2026-07', [SECOND], posted))
  expect(gone.map(({ kind, quantity, amount }) => [kind, quantity, amount])).toEqual([
    ['adjustment', '-150000', '-1.25'],
  ])
  expect(gone[0]).toMatchObject({ reason: 'cancelled', entitlements: ['grant-1'] })
  const moved = { ...FIRST, measured: [], causes: [{ reason: 'reattributed', act: 'act-7' } as const] }
  const [said] = decide(usageOf('2026-07', [moved, SECOND], posted))
  expect(said).toMatchObject({ quantity: '-150000', reason: 'reattributed', acts: ['act-7'] })
})

test('a partial reading leaves alone what it did not look at', () => {
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST, SECOND])))
  const touched = { ...SECOND, measured: [] }
  const drafts = decide({ ...usageOf('2026-07', [touched], posted), isPartial: true })
  expect(drafts.map(({ window, amount }) => [window.start, amount])).toEqual([['2026-07-02T11:00:00Z', '-1.25']])
})

test('several causes of one adjustment are all named', () => {
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST])))
  const causes = [
    { reason: 'cancelled', act: 'b' },
    { reason: 'late_usage', act: null },
    { reason: 'cancelled', act: 'a' },
  ] as const
  const [draft] = decide(usageOf('2026-07', [hour('2026-07-02T10:00:00Z', '7', { causes })], posted))
  expect(draft).toMatchObject({ reason: 'mixed', acts: ['a', 'b'] })
})

test('exempt usage is shown, costs nothing and takes no allowance', () => {
  const exempt = { ...FIRST, isExempt: true }
  const drafts = decide(usageOf('2026-07', [exempt, SECOND, hour('2026-07-02T12:00:00Z', '100000')]))
  expect(totalOf(drafts)).toBe('0')
  expect(drafts[0]).toMatchObject({ exempt: true, quantity: '150000', amount: '0' })
  expect(drafts[0]?.parts.map(({ tier, quantity }) => [tier, quantity])).toEqual([['exempt', '150000']])
})

test('environments share the allowance of their app', () => {
  const staging = { ...FIRST, environment: 'staging' }
  const drafts = decide(usageOf('2026-07', [staging, FIRST]))
  expect(drafts.map(({ environment, amount }) => [environment, amount])).toEqual([
    ['production', '0'],
    ['staging', '2.5'],
  ])
})

test('what belongs to a closed month is billed in the first one that is open', () => {
  const [june, july] = [usageOf('2026-06', []).account.period.start, usageOf('2026-07', []).account.period.start]
  const facts = { ...FACTS, closedPeriods: [june, july] }
  const [draft] = decidePostings({ facts, accounts: [usageOf('2026-06', [hour('2026-06-03T00:00:00Z', '1')])] })
  expect(draft?.period.start).toBe('2026-06-01T00:00:00Z')
  expect(draft?.billedIn).toEqual({ start: '2026-08-01T00:00:00Z', end: '2026-09-01T00:00:00Z' })
})

test('the month after a closed one is the next of the space’s own clock', () => {
  const zone = 'Asia/Kathmandu'
  const march = instant('2026-02-28T18:15:00Z')
  const period = { start: march, end: instant('2026-03-31T18:15:00Z') }
  expect(billedIn(period, { billingZone: zone, closedPeriods: [] })).toEqual(period)
  const april = { start: period.end, end: instant('2026-04-30T18:15:00Z') }
  expect(billedIn(period, { billingZone: zone, closedPeriods: [march] })).toEqual(april)
})

test('other prices for usage that is posted already move its amount and nothing else', () => {
  const timeline = timelineOf('functions.duration')
  const dearer = timeline.map((price) => ({ ...price, price: '0.00005' }))
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST, SECOND])))
  const repriced = { ...usageOf('2026-07', [FIRST, SECOND], posted), timeline: dearer, ratedBy: timeline }
  const drafts = decide(repriced)
  expect(drafts.map(({ quantity, amount, measured }) => [quantity, amount, measured])).toEqual([['0', '1.25', []]])
  expect(drafts[0]).toMatchObject({ kind: 'adjustment', reason: 'repriced', adjusts: '2' })
})

test('a price that was added behind the ledger is not built upon', () => {
  const dearer = timelineOf('functions.duration').map((price) => ({ ...price, price: '0.00005' }))
  const posted = ledgerOf(decide(usageOf('2026-07', [FIRST, SECOND])))
  expect(() => decide({ ...usageOf('2026-07', [FIRST], posted), timeline: dearer })).toThrow(/reprice/)
})

test('a quotient without end is rounded once, at the last digit that a quantity has', () => {
  const third = { meter: 'm', version: 1, base: '1', divisor: '3' }
  expect(quantityOfBases([third])).toBe('0.333333333333333333333333333333')
  expect(quantityOfBases([third, third, third])).toBe('1')
  expect(
    quantityOfBases([
      { ...third, divisor: '1024.0' },
      { ...third, meter: 'n', divisor: '2' },
    ]),
  ).toBe('0.5009765625')
  // exactly between two: the even one
  const half = { meter: 'm', version: 1, base: `0.${'0'.repeat(29)}1`, divisor: '2' }
  expect(quantityOfBases([half])).toBe('0')
  expect(quantityOfBases([half, half, half])).toBe(`0.${'0'.repeat(29)}2`)
})

test('a capability without a price is not posted', () => {
  expect(decide({ ...usageOf('2026-07', [FIRST]), timeline: [] })).toEqual([])
})
