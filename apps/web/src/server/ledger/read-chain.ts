// server/ledger: the chain of a space as its readers verify it themselves: where to begin, where it ends, and the rows as they stand.
// Promises: nothing is judged, mended or left out here; what the database holds is what is handed on.
// Does not know: sessions, how a chain is verified, what a reader already holds.
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { NO_HASH } from '@meterbook/core/ledger'
import { type BilledSpace, type Pool, readEntries, readHeads, readLedgerPage } from '@meterbook/db/postgres'
import { readMonth } from '../statements/read-months.ts'

/** Which stretch: the entries that a month carries, all from an entry on, or the whole chain. */
export type ChainStretch = { statement: string } | { from: bigint } | 'whole'

/**
 * Where a stretch of a space's chain begins and the chain ends, and of a month what it was issued as. `begin`: the entry before the first one, whose hash the
 * first one names. null: no such statement, or no entry to begin with.
 */
export async function readChainSpan(pool: Pool, input: { space: BilledSpace; stretch: ChainStretch; asOf: Instant }) {
  const { space, stretch, asOf } = input
  const isMonth = typeof stretch === 'object' && 'statement' in stretch
  const month = isMonth ? await readMonth(pool, { space, id: stretch.statement, asOf }) : null
  if (isMonth && month === null) return null
  const begin = await beginOf(pool, { space, stretch, start: month?.period.start ?? null })
  if (begin === null) return null
  const [head = { sequence: 0n, hash: NO_HASH }] = await readHeads(pool, { spaceIds: [space.id] })
  return {
    spaceId: space.id,
    begin,
    head: { sequence: head.sequence.toString(), hash: head.hash },
    month:
      month === null
        ? null
        : {
            billedInStart: formatInstant(month.period.start),
            /** entry in which the closing is posted; null: not issued */
            issuedAt: month.stored?.ledgerSequence.toString() ?? null,
            exactTotal: month.statement.exactTotal,
            total: month.statement.total,
          },
  }
}

async function beginOf(
  pool: Pool,
  input: { space: BilledSpace; stretch: ChainStretch; start: Instant | null },
): Promise<{ sequence: string; hash: string } | null> {
  const { space, stretch, start } = input
  if (stretch === 'whole') return { sequence: '0', hash: NO_HASH }
  const asked = 'from' in stretch ? { after: stretch.from - 1n } : { filter: { billedInStart: start ?? 0n } }
  const [first] = await readEntries(pool, { spaceId: space.id, ...asked, limit: 1 })
  if (first === undefined) return null
  return { sequence: (first.sequence - 1n).toString(), hash: first.previousHash }
}

/** A page of a chain's rows as texts: what their hashes are over. */
export async function readChainRows(pool: Pool, input: { space: BilledSpace; after: bigint; limit: number }) {
  const { space, after, limit } = input
  const rows = await readLedgerPage(pool, { spaceId: space.id, after, limit })
  return {
    rows: rows.map(({ sequence, previousHash, hash, canonical }) => ({
      sequence: sequence.toString(),
      previousHash,
      hash,
      canonical,
    })),
  }
}
