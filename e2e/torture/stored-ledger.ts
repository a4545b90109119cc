// Reads how far settlement is, and the ledger's rows, with statements of the run's own.
// Promises: one snapshot of both; rows in the order of their chains, a page at a time.
// Does not know: what an entry says.
import { until } from '@meterbook/stack/wait'
import pg from 'pg'
import { most } from './exact.ts'
import { HOUR, modulo } from './local-time.ts'

/** What may still come after a window is over, and what may be out of order: said a second time. */
const LATENESS = 48n * HOUR
const DISORDER = HOUR / 30n
const SETTLED_MS_MAX = 1_200_000
const LOOK_MS = 250
const ROWS_PER_READ = 5_000

/** Everything of the shard that began before `until` is settled, as of the journal's row `through`. */
interface Stand {
  shard: number
  through: bigint
  until: bigint
}

export interface StoredEntry {
  spaceId: string
  sequence: bigint
  kind: string
  quantity: string | null
  amount: string | null
  canonical: string
  previousHash: string
  hash: string
}

export interface SettledLedger {
  stands: Stand[]
  heads: Map<string, { sequence: bigint; hash: string }>
  entries(): AsyncGenerator<StoredEntry>
}

/**
 * Waits until every shard is settled as far as its journal and its watermark go, then has the ledger read as it was at that moment. If that takes
 * too long, `waiting` says which shard stands where.
 */
export async function readSettled<Result>(
  databaseUrl: string,
  read: (ledger: SettledLedger) => Promise<Result>,
): Promise<{ result: Result } | { waiting: string }> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    let look: Look = { waiting: 'nobody looked' }
    await until(
      async () => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
        look = await lookAtStands(client)
        if ('waiting' in look) await client.query('ROLLBACK')
        return 'stands' in look
      },
      { withinMs: SETTLED_MS_MAX, everyMs: LOOK_MS },
    )
    const { stands, waiting } = look as { stands?: Stand[]; waiting?: string }
    if (stands === undefined) return { waiting: waiting ?? '' }
    return { result: await read({ stands, heads: await readHeads(client), entries: () => readEntries(client) }) }
  } finally {
    await client.end()
  }
}

type Look = { stands: Stand[] } | { waiting: string }

/** Waiting: settlement is not there yet, or an hour became due while it was asked. */
async function lookAtStands(client: pg.Client): Promise<Look> {
  const { rows } = await client.query<{
    shard: number
    journaled: string
    through: string | null
    until: string | null
    watermark: string | null
  }>(
    `SELECT h.shard, h.next - 1 AS journaled, s.through, ${micros('s.until')} AS until, ${micros('p.watermark')} AS watermark
     FROM journal_head h LEFT JOIN settlement_progress s USING (shard) LEFT JOIN projection_progress p USING (shard) WHERE h.next > 1`,
  )
  // after the snapshot: whatever was posted in it was due before now
  const now = BigInt(Date.now()) * 1_000n
  const stands: Stand[] = []
  for (const row of rows) {
    const due = most(now - DISORDER, BigInt(row.watermark ?? 0)) - LATENESS
    const hour = String(due - modulo(due, HOUR))
    if (row.through !== row.journaled || row.until !== hour)
      return { waiting: `shard ${row.shard}: ${row.through} of ${row.journaled}, until ${row.until} of ${hour}` }
    stands.push({ shard: row.shard, through: BigInt(row.through), until: BigInt(row.until) })
  }
  return stands.length === 0 ? { waiting: 'nothing was journaled' } : { stands }
}

async function readHeads(client: pg.Client): Promise<SettledLedger['heads']> {
  const { rows } = await client.query<{ space: string; sequence: string; hash: string }>(
    "SELECT space_id AS space, sequence, encode(hash, 'hex') AS hash FROM ledger_head",
  )
  return new Map(rows.map(({ space, sequence, hash }) => [space, { sequence: BigInt(sequence), hash }]))
}

async function* readEntries(client: pg.Client): AsyncGenerator<StoredEntry> {
  let [space, sequence] = ['00000000-0000-0000-0000-000000000000', '-1']
  for (;;) {
    const { rows } = await client.query<
      Record<'space' | 'sequence' | 'kind' | 'canonical' | 'previous' | 'hash', string>
    >(
      `SELECT space_id AS space, sequence, kind, quantity::text, amount::text, canonical, encode(previous_hash, 'hex') AS previous,
         encode(hash, 'hex') AS hash
       FROM ledger_entry WHERE (space_id, sequence) > ($1::uuid, $2::bigint) ORDER BY space_id, sequence LIMIT ${ROWS_PER_READ}`,
      [space, sequence],
    )
    for (const row of rows) {
      const { quantity = null, amount = null } = row as Partial<Record<'quantity' | 'amount', string | null>>
      yield {
        ...{ kind: row.kind, canonical: row.canonical, hash: row.hash, quantity, amount },
        spaceId: row.space,
        sequence: BigInt(row.sequence),
        previousHash: row.previous,
      }
    }
    const last = rows.at(-1)
    if (!last) return
    ;[space, sequence] = [last.space, last.sequence]
  }
}

function micros(column: string): string {
  return `trunc(extract(epoch FROM ${column}) * 1000000)::bigint`
}
