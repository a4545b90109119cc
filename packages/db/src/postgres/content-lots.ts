import type { JournalPlace } from '@meterbook/core/event'
import { readContents, type StoredContent } from './content-reader.ts'
import type { Pool } from './pool.ts'

/** Stored bytes of journal rows that are unpacked at a time: a row may be of 10 MB, and there may be thousands. */
const LOT_BYTES_MAX = 4 * 1024 * 1024
const LOT_ROWS_MAX = 500

/** readContents for places in any number of journal rows: in lots of a bounded size, and without keeping the rows they stand in. */
export async function readContentsInLots(
  pool: Pool,
  input: { shard: number; places: readonly JournalPlace[] },
): Promise<(StoredContent | null)[]> {
  const { shard, places } = input
  const contents = new Map<string, StoredContent | null>()
  for (const numbers of await lotsOf(pool, { shard, numbers: [...new Set(places.map(({ batch }) => batch))] })) {
    const lot = places.filter(({ batch }) => numbers.has(batch))
    const read = await readContents(pool, { shard, places: lot })
    for (const [index, place] of lot.entries()) {
      const content = read[index] ?? null
      contents.set(keyOf(place), content === null ? null : { ...content, text: ownCopy(content.text) })
    }
  }
  return places.map((place) => contents.get(keyOf(place)) ?? null)
}

async function lotsOf(pool: Pool, input: { shard: number; numbers: readonly bigint[] }): Promise<Set<bigint>[]> {
  const { rows } = await pool.query<{ number: string; bytes: number }>(
    'SELECT number, octet_length(body) AS bytes FROM journal_batch WHERE shard = $1 AND number = ANY($2::bigint[]) ORDER BY number',
    [input.shard, input.numbers.map(String)],
  )
  const lots: Set<bigint>[] = []
  let bytes = 0
  for (const row of rows) {
    const lot = lots.at(-1)
    if (lot === undefined || bytes + row.bytes > LOT_BYTES_MAX || lot.size >= LOT_ROWS_MAX) {
      lots.push(new Set([BigInt(row.number)]))
      bytes = row.bytes
    } else {
      lot.add(BigInt(row.number))
      bytes += row.bytes
    }
  }
  return lots
}

/** A part of a string keeps the whole of it in memory: a few bytes would hold a row of megabytes. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

function keyOf(place: JournalPlace): string {
  return `${place.batch}:${place.pos}`
}
