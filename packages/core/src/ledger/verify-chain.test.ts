import { describe, expect, test } from 'vitest'
import { sha256 } from '../kernel/index.ts'
import type { ChainFault, ChainHead } from './chain-fault.ts'
import type { LedgerRow } from './ledger-row.ts'
import { canonicalEntry, entryHash, entryOf } from './seal-entry.ts'
import { chainOf, draftOf, SPACE } from './test-chain.ts'
import { createChainVerifier } from './verify-chain.ts'

const TEN = Array.from({ length: 10 }, (_, at) => draftOf(at + 1))
const { rows, head } = chainOf(TEN)
const rowAt = (sequence: number) => rows[sequence - 1] as LedgerRow

function verify(found: readonly LedgerRow[], end: ChainHead | null = head, held: ChainHead[] = []) {
  const seen: bigint[] = []
  const verifier = createChainVerifier({
    spaceId: SPACE,
    head: end,
    held,
    sha256,
    onEntry: (_, sequence) => seen.push(sequence),
  })
  for (const row of found) if (!verifier.add(row)) break
  return { ...verifier.finish(), seen }
}

/** The rows with one of them changed. */
const changed = (sequence: number, change: Partial<LedgerRow>) =>
  rows.map((row) => (row.sequence === BigInt(sequence) ? { ...row, ...change } : row))
const short = (fault: ChainFault | null) => fault && `${fault.fault} ${fault.sequence} ${fault.part}`

describe('verifying a chain', () => {
  test('one that was not touched is well, to its end, whoever held its heads', () => {
    const held = rows.map(({ sequence, hash }) => ({ sequence, hash }))
    expect(verify(rows, head, held)).toMatchObject({ spaceId: SPACE, entries: 10n, hash: head.hash, fault: null })
    expect(verify(rows).seen).toEqual(rows.map(({ sequence }) => sequence))
    expect(verify([], null)).toMatchObject({ entries: 0n, fault: null })
  })

  test('rows without their columns, as a file has them, are verified by their texts', () => {
    expect(verify(rows.map((row) => ({ ...row, columns: null }))).fault).toBeNull()
  })

  test('each column of each kind that differs from its text is named', () => {
    for (const name of Object.keys(rowAt(4).columns ?? {})) {
      const columns = { ...rowAt(4).columns, [name]: '7' } as LedgerRow['columns']
      const { fault, entries } = verify(changed(4, { columns }))
      expect(fault).toMatchObject({ spaceId: SPACE, sequence: 4n, fault: 'altered', part: name, found: '7' })
      expect(entries).toBe(3n)
    }
    const columns = { ...rowAt(4).columns, reason: null, appId: null } as LedgerRow['columns']
    expect(verify(changed(4, { columns })).fault).toMatchObject({ part: 'appId', found: 'nothing' })
  })

  test('a text that was altered is named, also the last one', () => {
    for (const sequence of [1, 4, 10]) {
      const canonical = rowAt(sequence).canonical.replace('"quantity":"', '"quantity":"9')
      expect(short(verify(changed(sequence, { canonical })).fault)).toBe(`altered ${sequence} canonical`)
    }
    expect(short(verify(changed(10, { canonical: '{}' }), null).fault)).toBe('altered 10 canonical')
  })

  test('a hash that was replaced is told from a text that was altered', () => {
    const hash = sha256('another')
    for (const sequence of [1, 4, 10]) {
      expect(verify(changed(sequence, { hash })).fault).toMatchObject({
        sequence: BigInt(sequence),
        fault: 'altered',
        part: 'hash',
        expected: rowAt(sequence).hash,
        found: hash,
      })
    }
    expect(short(verify(changed(4, { previousHash: hash })).fault)).toBe('altered 4 previous hash')
  })

  test('rows that are gone are named, at the beginning, in the middle and at the end', () => {
    expect(verify(rows.slice(1)).fault).toMatchObject({ fault: 'missing', sequence: 1n, expected: 'row 1' })
    const withoutThree = rows.filter(({ sequence }) => sequence < 4n || sequence > 6n)
    expect(verify(withoutThree).fault).toMatchObject({ fault: 'missing', sequence: 4n, expected: 'rows 4 to 6' })
    expect(verify(rows.slice(0, 8)).fault).toMatchObject({ fault: 'missing', sequence: 9n })
    expect(verify([]).fault).toMatchObject({ fault: 'missing', sequence: 1n, found: 'no row' })
  })

  test('rows that are gone and whose numbers were closed up are named', () => {
    const closedUp = rows.filter(({ sequence }) => sequence !== 4n && sequence !== 5n)
    const renumbered = closedUp.map((row, at) => ({ ...row, sequence: BigInt(at + 1) }))
    expect(verify(renumbered).fault).toMatchObject({ fault: 'missing', sequence: 4n, expected: 'rows 4 to 5' })
  })

  test('a row that was not posted is named, before, between and after the others', () => {
    const forged = { ...rowAt(5), canonical: canonicalEntry(entryOf(draftOf(99), 0n)) }
    expect(short(verify([{ ...forged, sequence: 0n }, ...rows]).fault)).toBe('added 0 row')
    expect(short(verify([...rows, { ...forged, sequence: 11n }]).fault)).toBe('added 11 row')
    expect(short(verify([...rows, { ...forged, sequence: 50n }]).fault)).toBe('added 50 row')
    const pushed = [...rows.slice(0, 4), forged, ...rows.slice(4)].map((row, at) => ({
      ...row,
      sequence: BigInt(at + 1),
    }))
    expect(short(verify(pushed).fault)).toBe('added 5 row')
    expect(short(verify([...rows.slice(0, 6), rowAt(3), ...rows.slice(6)]).fault)).toBe('added 3 row')
  })

  test('a row that follows by all the rules, after the head, is named', () => {
    const { rows: eleven } = chainOf([...TEN, draftOf(11)])
    expect(short(verify(eleven).fault)).toBe('added 11 row')
  })

  test.each([
    [3, 4],
    [3, 9],
    [1, 10],
  ])('rows %i and %i that changed places are named', (a, b) => {
    const numbers = rows.map((row) =>
      row.sequence === BigInt(a)
        ? { ...row, sequence: BigInt(b) }
        : row.sequence === BigInt(b)
          ? { ...row, sequence: BigInt(a) }
          : row,
    )
    numbers.sort((x, y) => (x.sequence < y.sequence ? -1 : 1))
    expect(short(verify(numbers).fault)).toBe(`reordered ${a} row`)
    const lines = [...rows]
    lines[a - 1] = rowAt(b)
    lines[b - 1] = rowAt(a)
    expect(short(verify(lines).fault)).toBe(`reordered ${a} row`)
  })

  test('texts that changed places while their hashes stayed are named', () => {
    const swapped = changed(4, { canonical: rowAt(5).canonical, columns: rowAt(5).columns })
    expect(short(verify(swapped).fault)).toBe('altered 4 canonical')
  })

  test('a row that was replaced together with its hash breaks the link to the next', () => {
    const canonical = rowAt(4).canonical.replace('"quantity":"4"', '"quantity":"5"')
    const place = { spaceId: SPACE, sequence: 4n, previousHash: rowAt(4).previousHash }
    const hash = entryHash({ ...place, canonical, sha256 })
    expect(short(verify(changed(4, { canonical, hash })).fault)).toBe('unlinked 5 previous hash')
  })

  test('a chain that was written anew from some row on is told by its head, and by whoever held one', () => {
    const anew = chainOf([...TEN.slice(0, 5), ...TEN.slice(5).map(() => draftOf(0))])
    expect(short(verify(anew.rows).fault)).toBe('head 10 head')
    expect(verify(anew.rows, anew.head).fault).toBeNull()
    const held = [{ sequence: 7n, hash: rowAt(7).hash }]
    expect(verify(anew.rows, anew.head, held).fault).toMatchObject({
      fault: 'head',
      sequence: 7n,
      part: 'head that was held',
      expected: rowAt(7).hash,
    })
  })

  test('a chain that was cut, head and all, is told by whoever held a later head', () => {
    const cut = chainOf(TEN.slice(0, 6))
    expect(verify(cut.rows, cut.head).fault).toBeNull()
    expect(short(verify(cut.rows, cut.head, [head]).fault)).toBe('missing 7 row')
  })

  test('a head that does not fit its rows is named', () => {
    expect(short(verify(rows, null).fault)).toBe('head 10 head')
    expect(short(verify(rows, { ...head, hash: sha256('another') }).fault)).toBe('head 10 head')
    expect(short(verify(rows, { ...head, sequence: 11n }).fault)).toBe('head 10 head')
    expect(short(verify(rows, { ...head, sequence: 9n }).fault)).toBe('head 9 head')
    expect(short(verify(rows, { sequence: 9n, hash: rowAt(9).hash }).fault)).toBe('added 10 row')
    expect(short(verify([], { sequence: 0n, hash: head.hash }).fault)).toBe('head 0 head')
  })

  test('an entry of another space is in no place of this one', () => {
    const other = chainOf(TEN, SPACE.replace('7', '8'))
    expect(verify(other.rows, other.head).fault).toMatchObject({ sequence: 1n, fault: 'altered' })
  })

  test('a text that is hashed but no entry, or not its canonical form, is named', () => {
    for (const canonical of ['{}', 'not JSON', `${rowAt(1).canonical} `]) {
      const place = { spaceId: SPACE, sequence: 1n, previousHash: rowAt(1).previousHash }
      const hash = entryHash({ ...place, canonical, sha256 })
      const row = { ...rowAt(1), canonical, hash }
      expect(short(verify([row], { sequence: 1n, hash }).fault)).toBe('altered 1 canonical')
    }
  })
})
