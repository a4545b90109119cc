import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import pg from 'pg'

/** One event as the journal holds it. */
export interface JournalEvent {
  shard: number
  batch: bigint
  pos: number
  appId: string
  /** Microseconds since 1970. */
  receivedAt: bigint
  text: string
}

const ROWS_PER_READ = 2_000

/** Every event of the journal, shard by shard, in order; read without the house's own reader. Throws where a digest does not fit. */
export async function* readJournal(databaseUrl: string): AsyncGenerator<JournalEvent> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    let [shard, number] = [-1, '0']
    for (;;) {
      const { rows } = await client.query<{
        shard: number
        number: string
        app_id: string
        received: string
        codec: number
        digest: Buffer
        body: Buffer
      }>(
        `SELECT shard, number, app_id, trunc(extract(epoch FROM received_at) * 1000000)::bigint AS received, codec, digest, body
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
        for (const [pos, text] of elementsOf(bytes.toString('utf8')).entries()) yield { ...place, pos, text }
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
export function elementsOf(array: string): string[] {
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
