import type { LedgerColumns, LedgerRow } from '@meterbook/core/ledger'
import { COLUMNS } from './ledger-store.ts'
import { anyMicrosOf, instantTextOf } from './ledger-store-times.ts'
import type { Pool, PoolClient } from './pool.ts'

const PAGE_ROWS = 2_000

/**
 * The rows of a space's chain exactly as they stand in the table, by sequence, in pages: for whoever verifies them; `from` a sequence on, or from
 * the very first. Nothing is taken for granted:
 * numbers may be missing or below 1, texts may be anything.
 */
export async function* readLedgerRows(
  db: Pool | PoolClient,
  { spaceId, from }: { spaceId: string; from?: bigint },
): AsyncGenerator<LedgerRow[], void> {
  let after = from === undefined ? null : from - 1n
  for (;;) {
    const rows = await readLedgerPage(db, { spaceId, after, limit: PAGE_ROWS })
    if (rows.length > 0) yield rows
    if (rows.length < PAGE_ROWS) return
    after = rows.at(-1)?.sequence ?? null
  }
}

/** One page of them: those after a sequence; null: from the very first. */
export async function readLedgerPage(
  db: Pool | PoolClient,
  { spaceId, after, limit }: { spaceId: string; after: bigint | null; limit: number },
): Promise<LedgerRow[]> {
  const { rows } = await db.query<StoredRow>({
    name: 'ledger-rows',
    text: `SELECT sequence, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash, canonical, ${SELECTED}
      FROM ledger_entry WHERE space_id = $1 AND ($2::bigint IS NULL OR sequence > $2::bigint) ORDER BY sequence LIMIT $3`,
    values: [spaceId, after?.toString() ?? null, limit],
  })
  return rows.map(rowOf)
}

/** Every space that has a head or a row, so that rows without a head are found too. */
export async function listLedgerSpaces(db: Pool | PoolClient): Promise<string[]> {
  const { rows } = await db.query<{ space_id: string }>({
    name: 'ledger-spaces',
    // One step through the index for each space; DISTINCT would read every row.
    text: `WITH RECURSIVE found AS (
        (SELECT space_id FROM ledger_entry ORDER BY space_id LIMIT 1)
        UNION ALL
        SELECT (SELECT e.space_id FROM ledger_entry e WHERE e.space_id > f.space_id ORDER BY e.space_id LIMIT 1)
        FROM found f WHERE f.space_id IS NOT NULL
      )
      SELECT space_id FROM found WHERE space_id IS NOT NULL UNION SELECT space_id FROM ledger_head ORDER BY space_id`,
  })
  return rows.map((row) => row.space_id)
}

type StoredRow = Record<keyof LedgerColumns, string | null> & {
  sequence: string
  previous_hash: string
  hash: string
  canonical: string
}

/** Each as text. A timestamp as microseconds, or as Postgres writes it where it is none that an entry can have. */
const SELECTED = COLUMNS.map(([name, column, type]) => {
  if (type === 'timestamptz') return `${anyMicrosOf(column)} AS "${name}"`
  return type === 'numeric' ? `trim_scale(${column})::text AS "${name}"` : `${column}::text AS "${name}"`
}).join(', ')

const TIMES = new Set(COLUMNS.filter(([, , type]) => type === 'timestamptz').map(([name]) => name))

function textOf(name: keyof LedgerColumns, value: string | null): string | null {
  return value !== null && TIMES.has(name) ? instantTextOf(value) : value
}

function rowOf(row: StoredRow): LedgerRow {
  const columns = COLUMNS.map(([name]) => [name, textOf(name, row[name])])
  return {
    sequence: BigInt(row.sequence),
    canonical: row.canonical,
    previousHash: row.previous_hash,
    hash: row.hash,
    columns: Object.fromEntries(columns) as LedgerColumns,
  }
}

/** Work that sees one state of the database however much is appended meanwhile: a head and its rows fit together. Nothing can be written in it. */
export async function inSnapshot<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await work(client)
  } finally {
    await client.query('ROLLBACK').catch(() => undefined)
    client.release()
  }
}
