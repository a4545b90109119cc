import { describe, expect, test } from 'vitest'
import { sha256 } from '../kernel/index.ts'
import { createLedgerFileVerifier, describeChainFault, entryLine, firstLine, lastLine } from './ledger-file.ts'
import { chainOf, draftOf, SPACE } from './test-chain.ts'

const { rows, head } = chainOf([1, 2, 3, 4, 5].map(draftOf))
const begin = `${firstLine({ space: { id: SPACE, slug: 'fern' }, head })}${rows.map(entryLine).join('')}`
const FILE = `${begin}${lastLine({ entries: 5n, sha256: sha256(begin) })}`

function verify(text: string, heldHash?: string) {
  const verifier = createLedgerFileVerifier({
    sha256,
    heldOf: () => (heldHash === undefined ? [] : [{ sequence: 5n, hash: heldHash }]),
  })
  let read = ''
  for (const line of text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined)) {
    verifier.line(line, () => sha256(read))
    read += `${line}\n`
  }
  const { chain, fault } = verifier.finish()
  return [
    chain === null || chain.fault === null ? null : describeChainFault(chain.fault),
    fault === null ? null : `line ${fault.line}: expected ${fault.expected}, found ${fault.found}`,
  ]
}

const lines = FILE.split('\n')
const line = (number: number) => lines[number - 1] ?? ''

describe('a ledger in a file', () => {
  test('that was not touched is well, and has passed through a head that was noted', () => {
    expect(verify(FILE)).toEqual([null, null])
    expect(verify(FILE, head.hash)).toEqual([null, null])
    expect(verify(FILE, 'f'.repeat(64))[0]).toContain('entry 5: head that was held does not fit')
  })

  test.each([
    [
      'an entry altered',
      FILE.replace('\\"quantity\\":\\"3\\"', '\\"quantity\\":\\"2\\"'),
      'entry 3: altered in canonical',
    ],
    ['a line removed', lines.toSpliced(2, 1).join('\n'), 'entry 2: missing'],
    ['a line added', lines.toSpliced(3, 0, line(3)).join('\n'), 'entry 2: added'],
    ['two lines swapped', lines.toSpliced(2, 2, line(4), line(3)).join('\n'), 'entry 2: reordered'],
    ['another head', FILE.replace(`"hash":"${head.hash}"`, `"hash":"${'a'.repeat(64)}"`), 'entry 5: head does not fit'],
    ['the last entry and its count removed', lines.toSpliced(5, 1).join('\n'), 'entry 5: missing'],
  ])('with %s is named by it', (_, text, expected) => {
    expect(text).not.toBe(FILE)
    expect(verify(text)[0]).toContain(expected)
  })

  test.each([
    ['another name', FILE.replace('"slug":"fern"', '"slug":"tree"'), 'line 7: expected a last line with the checksum'],
    ['its end cut off', FILE.slice(0, -20), 'line 7: expected an entry'],
    ['no last line', begin, 'line 6: expected a last line with a checksum, found the end of the file'],
    ['a line after the last', `${FILE}${line(2)}\n`, 'line 8: expected no line after the last one'],
    ['another count', FILE.replace('"entries":"5"', '"entries":"6"'), 'line 7: expected a last line that counts 5'],
    ['another format', FILE.replace('ledger-file/1', 'ledger-file/2'), 'line 1: expected a first line'],
    ['nothing in it', '', 'expected a first line'],
  ])('with %s is named by its line', (_, text, expected) => {
    expect(text).not.toBe(FILE)
    expect(verify(text)[1]).toContain(expected)
  })
})
