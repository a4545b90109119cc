import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planGrant, type RightFacts } from './plan-grant.ts'
import type { Valid } from './validity.ts'

const ALWAYS: Valid = { from: 0n, to: null }
const facts = (over: Partial<RightFacts> = {}): RightFacts => ({
  ownerships: [{ appId: 'app', spaceId: 'ours', ...ALWAYS }],
  subscriptions: [{ id: 'sub', spaceId: 'ours', ...ALWAYS }],
  entitlements: [],
  ...over,
})
const plan = (over: Partial<RightFacts>, during: Valid = ALWAYS) =>
  planGrant(facts(over), { appIds: ['app'], capabilityKeys: ['c'], during })

test('a right is split where the app changes hands and where its space changes its subscription', () => {
  const { rights, uncovered } = plan(
    {
      ownerships: [
        { appId: 'app', spaceId: 'ours', from: 0n, to: 50n },
        { appId: 'app', spaceId: 'theirs', from: 60n, to: null },
      ],
      subscriptions: [
        { id: 'a', spaceId: 'ours', from: 0n, to: 20n },
        { id: 'b', spaceId: 'ours', from: 20n, to: null },
        { id: 'c', spaceId: 'theirs', from: 70n, to: null },
      ],
    },
    { from: 10n, to: 100n },
  )
  expect(rights.map(({ subscriptionId, from, to }) => [subscriptionId, from, to])).toEqual([
    ['a', 10n, 20n],
    ['b', 20n, 50n],
    ['c', 70n, 100n],
  ])
  expect(uncovered.map(({ why, from, to }) => [why, from, to])).toEqual([
    ['unowned', 50n, 60n],
    ['unsubscribed', 60n, 70n],
  ])
})

test('a right that is there is left alone, and only the holes beside it are filled', () => {
  const known = (from: bigint, to: bigint | null, subscriptionId = 'sub') => ({
    id: `e${from}`,
    subscriptionId,
    appId: 'app',
    capabilityKey: 'c',
    from,
    to,
  })
  const { rights, uncovered } = plan({ entitlements: [known(10n, 20n), known(30n, null)] })
  expect(rights.map(({ from, to }) => [from, to])).toEqual([
    [0n, 10n],
    [20n, 30n],
  ])
  expect(uncovered).toEqual([])
  expect(plan({ entitlements: [known(10n, 20n, 'ended')] }).uncovered).toMatchObject([
    { why: 'dangling', from: 10n, to: 20n },
  ])
})

test('written once, nothing is missing any more, and no two rights ever overlap', () => {
  const time = fc.bigInt({ min: 0n, max: 40n })
  const valid = fc.tuple(time, fc.option(time)).map(([a, b]): Valid => {
    if (b === null) return { from: a, to: null }
    return a < b ? { from: a, to: b } : { from: b, to: a + 1n }
  })
  const disjoint = fc.array(valid, { maxLength: 5 }).map((drawn) => {
    const kept: Valid[] = []
    for (const each of drawn) {
      if (
        kept.every(
          (other) => (other.to !== null && other.to <= each.from) || (each.to !== null && each.to <= other.from),
        )
      )
        kept.push(each)
    }
    return kept
  })
  fc.assert(
    fc.property(disjoint, disjoint, disjoint, valid, (owned, subscribed, entitled, during) => {
      const drawn = facts({
        ownerships: owned.map((each) => ({ ...each, appId: 'app', spaceId: 'ours' })),
        subscriptions: subscribed.map((each, index) => ({ ...each, id: `s${index}`, spaceId: 'ours' })),
        entitlements: entitled.map((each, index) => {
          return { ...each, id: `e${index}`, subscriptionId: 's0', appId: 'app', capabilityKey: 'c' }
        }),
      })
      const asked = { appIds: ['app'], capabilityKeys: ['c'], during }
      const { rights } = planGrant(drawn, asked)
      const all = [...drawn.entitlements, ...rights.map((right, index) => ({ ...right, id: `n${index}` }))]
      for (const [index, a] of all.entries()) {
        for (const b of all.slice(index + 1)) {
          expect((a.to !== null && a.to <= b.from) || (b.to !== null && b.to <= a.from)).toBe(true)
        }
      }
      expect(planGrant({ ...drawn, entitlements: all }, asked).rights).toEqual([])
      // each moment asked for is covered exactly where somebody owned the app and was subscribed
      for (let at = 0n; at < 45n; at++) {
        const has = (rows: readonly Valid[]) => rows.some(({ from, to }) => from <= at && (to === null || at < to))
        if (!has([during])) continue
        expect(has(all)).toBe(has(entitled) || (has(owned) && has(subscribed)))
      }
    }),
  )
})
