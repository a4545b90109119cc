import { sha256 } from '../kernel/index.ts'
import type { ChainHead } from './chain-fault.ts'
import type { EntryDraft } from './ledger-entry.ts'
import { columnsOf, type LedgerRow } from './ledger-row.ts'
import { entryOf, NO_HASH, sealEntry } from './seal-entry.ts'

export const SPACE = '7f1f4a34-6a8e-4c0e-9d7c-2b8a5f0d1e21'
const OCTOBER = { start: '2026-10-01T04:00:00Z', end: '2026-11-01T04:00:00Z' }

/** A draft whose quantity is its number. */
export function draftOf(number: number): EntryDraft {
  const quantity = String(number)
  return {
    kind: 'usage',
    period: OCTOBER,
    billedIn: OCTOBER,
    app: '0b0c2a0e-54ef-4d52-9b0c-0c3b1f6a7e55',
    environment: 'production',
    exempt: false,
    capability: 'kvs.reads',
    unit: 'GB',
    window: { start: '2026-10-01T04:00:00Z', end: '2026-10-01T05:00:00Z' },
    quantity,
    amount: quantity,
    currency: 'USD',
    priceBook: '2f9d1c8e-3a44-4f6b-8a55-6d4f1a2b3c4d',
    parts: [
      {
        priceBook: '2f9d1c8e-3a44-4f6b-8a55-6d4f1a2b3c4d',
        version: '2026-01-01T00:00:00Z',
        tier: 'flat',
        quantity,
        units: quantity,
        unitPrice: '1',
        per: '1',
        amount: quantity,
      },
    ],
    measured: [{ meter: 'kvs_reads', version: 1, base: quantity, divisor: '1' }],
    entitlements: ['9a9b1c1d-0000-4000-8000-000000000001'],
    journal: { shard: 2, through: '18' },
    cumulative: { before: '0', after: quantity },
  }
}

/** The rows of a chain of drafts, and its end. */
export function chainOf(drafts: readonly EntryDraft[], spaceId = SPACE): { rows: LedgerRow[]; head: ChainHead } {
  let head: ChainHead = { sequence: 0n, hash: NO_HASH }
  const rows = drafts.map((draft) => {
    const entry = entryOf(draft, 1_791_000_000_000_000n)
    const sequence = head.sequence + 1n
    const previousHash = head.hash
    const sealed = sealEntry({ spaceId, sequence, previousHash, entry, sha256 })
    head = { sequence, hash: sealed.hash }
    return { sequence, previousHash, ...sealed, columns: columnsOf(entry) }
  })
  return { rows, head }
}
