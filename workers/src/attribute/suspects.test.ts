import { BloomFilter } from '@meterbook/core/projection'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdentityWords } from './identity-words.ts'
import { findRepeats } from './suspects.ts'

/** Few words, so that identities often share all but one of them. */
const word = fc.constantFrom('00000000', '00010000', 'ffffffff')
const identities = fc.array(
  fc.tuple(word, word, word, word).map((words) => words.join('')),
  { maxLength: 40 },
)

test('no event that shares its identity with another one, in its group or before it, is taken for alone', () => {
  fc.assert(
    fc.property(fc.array(identities, { maxLength: 4 }), (groups) => {
      const filter = new BloomFilter(100)
      const earlier = new Set<string>()
      for (const group of groups) {
        const words = new IdentityWords(group.map((identity) => ({ identity })))
        const { flags, maybeEarlier } = findRepeats(words, filter)
        const asked = maybeEarlier.indexes.map((index) => group[index])
        expect(new Set(asked).size).toBe(asked.length)
        for (const [index, identity] of group.entries()) {
          const isAlone = group.filter((other) => other === identity).length === 1 && !earlier.has(identity)
          if (!isAlone) expect(flags[index]).toBe(1)
          if (earlier.has(identity)) expect(asked).toContain(identity)
        }
        for (const identity of group) earlier.add(identity)
      }
    }),
  )
})

test('what the filter does not know costs no look at what was there before, repeats within the group included', () => {
  const digits = (n: number) => n.toString(16).padStart(32, '9').split('').reverse().join('')
  const group = [1, 2, 3, 2, 4, 4, 4].map(digits)
  const { flags, maybeEarlier } = findRepeats(
    new IdentityWords(group.map((identity) => ({ identity }))),
    new BloomFilter(100),
  )
  expect([...flags]).toEqual([0, 1, 0, 1, 1, 1, 1])
  expect(maybeEarlier.indexes).toEqual([])
})
