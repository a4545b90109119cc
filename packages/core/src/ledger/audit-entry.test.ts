import { describe, expect, test } from 'vitest'
import { parseInstant, sha256 } from '../kernel/index.ts'
import { type AuditDraft, auditColumnsOf, auditEntryOf, createAuditVerifier, sealAuditEntry } from './audit-entry.ts'
import type { ChainHead } from './chain-fault.ts'
import { NO_HASH } from './seal-entry.ts'

const CREATED: AuditDraft = {
  actorId: 'p_ada',
  act: 'space.create',
  targetType: 'space',
  targetId: 'fernline',
  spaceId: '7f1f4a34-6a8e-4c0e-9d7c-2b8a5f0d1e21',
  reason: null,
  requestId: 'req-1',
  after: { zone: 'America/New_York', name: 'Fernline' },
}
const PROPOSED: AuditDraft = {
  actorId: null,
  act: 'price.propose',
  targetType: 'price',
  targetId: 'kvs.reads',
  spaceId: null,
  reason: 'Günstiger – ab März 🌊',
  requestId: null,
  before: { price: '0.055' },
  after: { price: '0.05' },
}
const START = instantOf('2026-11-22T20:30:00.25Z')
/** Computed with Python: hashlib.sha256 over "<bytes>:<text>," of each part, the entry by json.dumps(sort_keys, no blanks, no ASCII escapes). */
const FIRST_HASH = 'c806eae38bcc2fc3d95545969f26d1ffb467dba11fcbc5ce97184cdcd58680ec'
const SECOND_HASH = 'fb57abdfb370c4a85870f31ac2c7939330632cbb108bfec3b85500fb611528be'
const NOWHERE: ChainHead = { sequence: 0n, hash: NO_HASH }

function instantOf(text: string): bigint {
  const read = parseInstant(text)
  if (!read.ok) throw new Error(`expected an instant, found ${text}`)
  return read.value
}

function chainOf(drafts: readonly AuditDraft[]) {
  let head = NOWHERE
  const rows = drafts.map((draft, at) => {
    const entry = auditEntryOf(draft, START + BigInt(at))
    const sealed = sealAuditEntry({ head, entry, sha256 })
    const row = { sequence: head.sequence + 1n, previousHash: head.hash, ...sealed, columns: auditColumnsOf(entry) }
    head = { sequence: row.sequence, hash: row.hash }
    return row
  })
  return { rows, head }
}

function verify(rows: ReturnType<typeof chainOf>['rows'], head: ChainHead) {
  const verifier = createAuditVerifier({ head, sha256 })
  for (const row of rows) if (!verifier.add(row)) break
  return verifier.finish()
}

describe('sealing an entry of the audit log', () => {
  test('another implementation of the same words gives the same hashes', () => {
    const first = sealAuditEntry({ head: NOWHERE, entry: auditEntryOf(CREATED, START), sha256 })
    expect(first.hash).toBe(FIRST_HASH)
    const entry = auditEntryOf(PROPOSED, instantOf('2026-11-22T20:31:00Z'))
    expect(sealAuditEntry({ head: { sequence: 1n, hash: first.hash }, entry, sha256 }).hash).toBe(SECOND_HASH)
  })

  test('what no column can keep is replaced in the text too, so that the two agree', () => {
    const entry = auditEntryOf({ ...CREATED, reason: 'a\0b\ud800c🌊' }, START)
    expect(entry.reason).toBe('a\ufffdb\ufffdc🌊')
  })

  test('refuses an act without a name', () => {
    expect(() => auditEntryOf({ ...CREATED, act: '' }, START)).toThrow()
  })
})

describe('the chain of the audit log', () => {
  const { rows, head } = chainOf([CREATED, PROPOSED, CREATED, PROPOSED])

  test('is well as it was written', () => {
    expect(verify(rows, head)).toEqual({ spaceId: 'audit', entries: 4n, hash: head.hash, fault: null })
  })

  test.each([
    [
      'a text that was changed',
      2,
      (row: (typeof rows)[0]) => ({ ...row, canonical: row.canonical.replace('0.05', '0.06') }),
      'altered',
    ],
    [
      'a column that was changed',
      3,
      (row: (typeof rows)[0]) => ({ ...row, columns: { ...row.columns, actorId: 'p_eve' } }),
      'altered',
    ],
    ['a row that was removed', 2, () => null, 'missing'],
  ] as const)('names %s', (_, sequence, change, fault) => {
    const found = rows.flatMap((row) => (row.sequence === BigInt(sequence) ? (change(row) ?? []) : [row]))
    expect(verify(found, head).fault).toMatchObject({ sequence: BigInt(sequence), fault })
  })

  test('names a row that was put at its end, and rows that were cut off it', () => {
    expect(verify(chainOf([CREATED, PROPOSED, CREATED, PROPOSED, CREATED]).rows, head).fault).toMatchObject({
      fault: 'added',
      sequence: 5n,
    })
    expect(verify(rows.slice(0, 3), head).fault).toMatchObject({ fault: 'missing', sequence: 4n })
  })

  test('cannot be taken for a chain of the ledger: with another version of the hash every row is another', () => {
    const [row] = rows
    const forged = { ...row!, hash: sha256(row!.canonical) }
    expect(verify([forged], head).fault).toMatchObject({ sequence: 1n })
  })
})
