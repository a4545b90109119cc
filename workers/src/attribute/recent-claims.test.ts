import { expect, test } from 'vitest'
import { RecentClaims } from './recent-claims.ts'

const claim = (batch: number) => ({ digest: 'd', batch: BigInt(batch), pos: 0 })

test('the claims of the group before are known while a group is prepared, however large the groups are', () => {
  for (const size of [1, 7_000, 20_000, 60_000]) {
    const recent = new RecentClaims()
    for (let group = 0; group < 12; group++) {
      if (group > 0) {
        expect(recent.get(`${group - 1}-0`)?.batch).toBe(BigInt(group - 1))
        expect(recent.get(`${group - 1}-${size - 1}`)?.batch).toBe(BigInt(group - 1))
      }
      const claims = recent.forNextGroup()
      for (let event = 0; event < size; event++) claims.set(`${group}-${event}`, claim(group))
    }
  }
})

test('what is known is bounded, and never another’s', () => {
  const recent = new RecentClaims()
  for (let group = 0; group < 40; group++) {
    const claims = recent.forNextGroup()
    for (let event = 0; event < 10_000; event++) claims.set(`${group}-${event}`, claim(group))
  }
  const known = Array.from({ length: 40 }, (_, group) => recent.get(`${group}-0`))
  expect(known.filter((each) => each !== undefined).length).toBeLessThanOrEqual(10)
  expect(known.at(-1)).toEqual(claim(39))
  expect(recent.get('40-0')).toBeUndefined()
})
