import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import pg from 'pg'

interface JournalRow {
  shard: number
  batch: bigint
  appId: string
  /** Microseconds since 1970. */
  receivedAt: bigint
  text: string
}

/** One event as the journal holds it, or one row of an operator's act. */
export type JournalEntry = ({ kind: 'event'; pos: number } & JournalRow) | ({ kind: 'act' } & JournalRow)

const ROWS_PER_READ = 2_000

/** Every event and act of the journal, shard by shard, in order; read without the house's own reader. Throws where a digest does not fit. */
export async function* readJournal(databaseUrl: string): AsyncGenerator<JournalEntry> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    let [shard, number] = [-1, '0']
    for (;;) {
      const { rows } = await client.query<{
        shard: number
        number: string
        kind: number
        app_id: string
        received: string
        codec: number
        digest: Buffer
        body: Buffer
      }>(
        `SELECT shard, number, kind, app_id, trunc(extract(epoch FROM received_at) * 1000000)::bigint AS received, codec, digest, body
         FROM journal_batch WHERE (shard, number) > ($1::int, $2::bigint) ORDER BY shard, number LIMIT ${ROWS_PER_READ}`,
        [shard, number],
      )
      for (const row of rows) {
        const bytes = row.codec === 0 ? row.body : zstdDecompressSync(row.body)
        if (hash('sha256', bytes, 'hex') !== row.digest.toString('hex'))
          throw new Error(`journal ${row.shard}:${row.number} is not what its digest says`)
        const place = {
          shard: row.shard,
          batch: BigInt(row.number),
          appId: row.app_id,
          receivedAt: BigInt(row.received),
        }
        const body = bytes.toString('utf8')
        if (row.kind === 1) yield { kind: 'act', ...place, text: body }
        else for (const [pos, text] of elementsOf(body).entries()) yield { kind: 'event', ...place, pos, text }
      }
      const last = rows.at(-1)
      if (!last) return
      ;[shard, number] = [last.shard, last.number]
    }
  } finally {
    await client.end()
  }
}

/** The elements of a JSON array, each as it is written. */
function elementsOf(array: string): string[] {
  const elements: string[] = []
  let depth = 0
  let start = -1
  for (let at = 0; at < array.length; at++) {
    const character = array[at]
    if (character === '"') {
      for (at++; array[at] !== '"'; at++) if (array[at] === '\\') at++
    } else if (character === '{' || character === '[') {
      if (depth++ === 1) start = at
    } else if ((character === '}' || character === ']') && --depth === 1) elements.push(array.slice(start, at + 1))
  }
  return elements
}

/** Under which revision of the catalogue each row of the journal was projected, and since which of them an app has a right. */
export interface Revisions {
  of(shard: number, batch: bigint): bigint
  isEntitled(input: { appId: string; capability: string; revision: bigint }): boolean
}

export async function readRevisions(databaseUrl: string): Promise<Revisions> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const groups = await client.query<{ shard: number; first: string; last: string; revision: string }>(
      'SELECT shard, first, last, catalogue_revision AS revision FROM projection_group ORDER BY shard, first',
    )
    const rights = await client.query<{ revision: string; app: string; capability: string }>(
      `SELECT revision, e->>'appId' AS app, e->>'capabilityKey' AS capability
       FROM catalogue_snapshot, jsonb_array_elements(document::jsonb->'entitlements') AS e`,
    )
    const known = new Set(rights.rows.map(({ revision, app, capability }) => `${revision} ${app} ${capability}`))
    const byShard = Map.groupBy(groups.rows, ({ shard }) => shard)
    return {
      of(shard, batch) {
        const group = byShard.get(shard)?.findLast(({ first }) => BigInt(first) <= batch)
        if (!group || batch > BigInt(group.last)) throw new Error(`expected a group with ${shard}:${batch}`)
        return BigInt(group.revision)
      },
      isEntitled: ({ appId, capability, revision }) => known.has(`${revision} ${appId} ${capability}`),
    }
  } finally {
    await client.end()
  }
}
