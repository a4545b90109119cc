import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Contribution, nearestMoment, TORN_GROUPS_MAX } from './torn-moment.ts'

const contribution = fc.record({
  count: fc.bigInt({ min: -50n, max: 50n }),
  sum: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  reversals: fc.bigInt({ min: 0n, max: 9n }),
})
const inFlight = fc.array(fc.record({ isWritten: fc.boolean(), adds: contribution }), { maxLength: 8 })

const plus = (a: Contribution, b: Contribution): Contribution => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  reversals: a.reversals + b.reversals,
})
const NOTHING: Contribution = { count: 0n, sum: 0n, reversals: 0n }

describe('a torn moment', () => {
  test('is never taken for a difference, whichever of the groups in flight were written when it was read', () => {
    fc.assert(
      fc.property(inFlight, (groups) => {
        const surplus = groups.filter(({ isWritten }) => isWritten).reduce((sum, { adds }) => plus(sum, adds), NOTHING)
        const all = groups.map(({ adds }) => adds)
        expect(nearestMoment(surplus, all)).toEqual(surplus)
      }),
    )
  })

  test('hides no difference that no choice of whole groups explains', () => {
    // Every group adds an even number of records, so that an odd surplus is nobody's.
    fc.assert(
      fc.property(fc.array(contribution, { maxLength: 8 }), contribution, (groups, more) => {
        const even = groups.map((each) => ({ ...each, count: each.count * 2n }))
        const surplus = { ...more, count: more.count * 2n + 1n }
        expect(nearestMoment(surplus, even)).not.toEqual(surplus)
      }),
    )
  })

  test('leaves a small difference the size it has, whichever large groups were written when it was read', () => {
    fc.assert(
      fc.property(
        inFlight,
        fc.bigInt({ min: -9n, max: 9n }).filter((lost) => lost !== 0n),
        (groups, lost) => {
          const large = groups.map(({ isWritten, adds }, index) => ({
            isWritten,
            adds: { ...adds, count: 1_000n * 2n ** BigInt(index) },
          }))
          const written = large.filter(({ isWritten }) => isWritten).reduce((sum, { adds }) => plus(sum, adds), NOTHING)
          const surplus = { ...written, count: written.count + lost }
          const all = large.map(({ adds }) => adds)
          expect(surplus.count - nearestMoment(surplus, all).count).toBe(lost)
        },
      ),
    )
  })

  test('is not half of a group: a lost row of a block is a difference', () => {
    const group = { count: 10n, sum: 100n, reversals: 0n }
    expect(nearestMoment({ count: 9n, sum: 90n, reversals: 0n }, [group])).toEqual(group)
    expect(nearestMoment(group, [group])).toEqual(group)
  })

  test('refuses to guess among too many groups', () => {
    expect(() =>
      nearestMoment(
        NOTHING,
        Array.from({ length: TORN_GROUPS_MAX + 1 }, () => NOTHING),
      ),
    ).toThrow('at most')
  })
})
