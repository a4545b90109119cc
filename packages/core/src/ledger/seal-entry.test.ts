import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../kernel/index.ts'
import { EntryDraft, LedgerEntry } from './ledger-entry.ts'
import { NO_HASH, sealEntry } from './seal-entry.ts'
import { draftOf, SPACE } from './test-chain.ts'

const OCTOBER = { start: '2026-10-01T04:00:00Z', end: '2026-11-01T04:00:00Z' }
const USAGE: LedgerEntry = {
  format: 'meterbook/entry/1',
  kind: 'usage',
  postedAt: '2026-10-03T12:00:00.25Z',
  period: OCTOBER,
  billedIn: OCTOBER,
  app: '0b0c2a0e-54ef-4d52-9b0c-0c3b1f6a7e55',
  environment: 'production',
  exempt: false,
  capability: 'kvs.reads',
  unit: 'GB',
  window: { start: '2026-10-01T04:00:00Z', end: '2026-10-01T05:00:00Z' },
  quantity: '0.000000953674316406',
  amount: '0.00000005245208740233',
  currency: 'USD',
  priceBook: '2f9d1c8e-3a44-4f6b-8a55-6d4f1a2b3c4d',
  parts: [
    {
      priceBook: '2f9d1c8e-3a44-4f6b-8a55-6d4f1a2b3c4d',
      version: '2026-01-01T00:00:00Z',
      tier: 'flat',
      quantity: '0.000000953674316406',
      units: '0.000000953674316406',
      unitPrice: '0.055',
      per: '1',
      amount: '0.00000005245208740233',
    },
  ],
  measured: [{ meter: 'kvs_reads', version: 1, base: '1023.9999999999994', divisor: '1073741824' }],
  entitlements: ['9a9b1c1d-0000-4000-8000-000000000001'],
  journal: { shard: 2, through: '18' },
  cumulative: { before: '0', after: '0.000000953674316406' },
}
const CREDIT: LedgerEntry = {
  format: 'meterbook/entry/1',
  kind: 'credit',
  postedAt: '2026-10-31T00:00:00Z',
  period: OCTOBER,
  billedIn: OCTOBER,
  amount: '-12.5',
  currency: 'USD',
  text: 'Gutschrift für den Ausfall – "2 h" 🌊',
}
/** Computed with Python: hashlib.sha256 over "<bytes>:<text>," of each part, the entry by json.dumps(sort_keys, no blanks, no ASCII escapes). */
const FIRST_HASH = '580087dbee458e50f431a4fb1fca508462ff47382cf8439a7332dd38169877d8'
const SECOND_HASH = '249c0df9789bd485b0806b8cc89aa27a1439b13fa5f0fd3096c52e7864eddeb7'

describe('sealing an entry', () => {
  test('another implementation of the same words gives the same hashes', () => {
    const place = { spaceId: SPACE, sequence: 1n, previousHash: NO_HASH }
    const first = sealEntry({ ...place, entry: USAGE, sha256 })
    expect(first.hash).toBe(FIRST_HASH)
    const second = sealEntry({ ...place, sequence: 2n, previousHash: FIRST_HASH, entry: CREDIT, sha256 })
    expect(second.hash).toBe(SECOND_HASH)
    expect(sealEntry({ ...place, entry: USAGE, sha256: (text) => hash('sha256', text, 'hex') })).toEqual(first)
  })

  test('every part of the place and every member of the entry is in the hash', () => {
    const place = { spaceId: SPACE, sequence: 1n, previousHash: NO_HASH }
    const hashes = [
      { ...place, entry: USAGE },
      { ...place, spaceId: SPACE.replace('7', '8'), entry: USAGE },
      { ...place, sequence: 11n, entry: USAGE },
      { ...place, previousHash: FIRST_HASH, entry: USAGE },
      ...Object.keys(USAGE).map((member) => ({
        ...place,
        entry: { ...USAGE, [member]: 'x' } as unknown as LedgerEntry,
      })),
    ].map((input) => sealEntry({ ...input, sha256 }).hash)
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  test('a member that is not there and one that is undefined are one text', () => {
    const place = { spaceId: SPACE, sequence: 1n, previousHash: NO_HASH, sha256 }
    const without = sealEntry({ ...place, entry: CREDIT })
    expect(sealEntry({ ...place, entry: { ...CREDIT, statement: undefined } as LedgerEntry })).toEqual(without)
  })
})

describe('the entry format', () => {
  test.each(['1.0', '01', '+1', '-0', '1e3', '.5', '5.', '', '0.10', ' 1', '1,5'])(
    'refuses %j as a decimal: one value has one text',
    (text) => {
      expect(EntryDraft.safeParse(draftOf(1)).success).toBe(true)
      expect(EntryDraft.safeParse({ ...draftOf(1), amount: text }).success).toBe(false)
    },
  )

  test.each(['0', '-1', '1000000', '-0.5', '0.000000000000000000000000000000000001', '12.25'])(
    'takes %j as a decimal',
    (text) => {
      expect(EntryDraft.safeParse({ ...draftOf(1), amount: text }).success).toBe(true)
    },
  )

  test.each(['2026-10-01T04:00:00.000Z', '2026-10-01T04:00:00+00:00', '2026-10-01T04:00:00.5000000Z', '2026-10-01'])(
    'refuses %j as an instant: one moment has one text',
    (text) => {
      expect(LedgerEntry.safeParse(USAGE).success).toBe(true)
      expect(LedgerEntry.safeParse({ ...USAGE, postedAt: text }).success).toBe(false)
    },
  )

  test('refuses a member that it does not know: what is hashed has a meaning', () => {
    expect(EntryDraft.safeParse({ ...draftOf(1), note: 'x' }).success).toBe(false)
  })
})
