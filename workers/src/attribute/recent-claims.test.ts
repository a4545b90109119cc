import type { ProjectedEvent } from '@meterbook/core/projection'
import { expect, test } from 'vitest'
import { IdentityWords } from './identity-words.ts'
import { RecentClaims } from './recent-claims.ts'
import { Suspects } from './suspects.ts'

const identityOf = (group: number, event: number) =>
  `${group.toString(16).padStart(16, '0')}${event.toString(16).padStart(16, '0')}`
const digestOf = (group: number) => group.toString(16).padStart(32, 'd')

/** What RecentClaims reads of a group's events; odd ones of a group with `hasDuplicates` repeat another event. */
function groupOf(group: number, size: number, hasDuplicates = false): ProjectedEvent[] {
  return Array.from({ length: size }, (_, event) => ({
    source: { identity: identityOf(group, event), digest: digestOf(group), batch: BigInt(group), pos: event },
    original: hasDuplicates && event % 2 === 1 ? { batch: 0n, pos: 0 } : null,
  })) as unknown as ProjectedEvent[]
}

const wordsOf = (events: readonly ProjectedEvent[]) => new IdentityWords(events.map(({ source }) => source))

function ask(recent: RecentClaims, identities: readonly string[]) {
  const words = new IdentityWords(identities.map((identity) => ({ identity })))
  const found = recent.find(new Suspects(words, [...identities.keys()]))
  return identities.map((_, index) => found.get(index))
}

test('the claims of the group before are known while a group is prepared, however large the groups are', () => {
  for (const size of [2, 7_000, 20_000, 120_000]) {
    const recent = new RecentClaims()
    for (let group = 1; group < 6; group++) {
      const events = groupOf(group, size)
      recent.add(wordsOf(events), events)
      expect(ask(recent, [identityOf(group, 0), identityOf(group, size - 1)])).toEqual([
        { digest: digestOf(group), batch: BigInt(group), pos: 0 },
        { digest: digestOf(group), batch: BigInt(group), pos: size - 1 },
      ])
    }
  }
})

test('what is known is bounded, and never another’s', () => {
  const recent = new RecentClaims()
  for (let group = 0; group < 40; group++) {
    const events = groupOf(group, 10_000)
    recent.add(wordsOf(events), events)
  }
  const known = ask(
    recent,
    Array.from({ length: 41 }, (_, group) => identityOf(group, 0)),
  )
  expect(known.filter((each) => each !== undefined).length).toBe(10)
  expect(known[39]?.batch).toBe(39n)
  expect(known[40]).toBeUndefined()
})

test('an event that repeats another claims nothing', () => {
  const recent = new RecentClaims()
  const events = groupOf(1, 10, true)
  recent.add(wordsOf(events), events)
  expect(ask(recent, [identityOf(1, 2), identityOf(1, 3)]).map((found) => found?.pos)).toEqual([2, undefined])
})
