import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { formatInstant } from '@meterbook/core/kernel'
import type { SealedBatch } from '@meterbook/core/ledger'
import type { ClickHouseClient } from './client.ts'

/** A row of the journal, whole. */
export type ArchivedBatch = SealedBatch & { body: string }

// A table of a session lives and dies with it: nothing of this is ever among the tables of the database.
const TABLE = `CREATE TEMPORARY TABLE journal_rows (
  shard UInt16, number UInt64, kind String, app_id String, key_id Nullable(String), received_at DateTime64(6, 'UTC'),
  event_count UInt32, digest String, body String
) ENGINE = Memory`
const SESSION_SECONDS = '600'
const SETTINGS = {
  session_timeout: SESSION_SECONDS,
  output_format_parquet_compression_method: 'zstd',
  output_format_parquet_string_as_string: 1,
  // A row of the journal has up to 10 MB: of those, not many at once.
  output_format_parquet_row_group_size: '4096',
} as const

/** Writes rows as one Parquet file, in their order. ClickHouse makes it, in memory: as much as a file is to hold. */
export async function writeJournalParquet(
  client: ClickHouseClient,
  input: { rows: AsyncIterable<ArchivedBatch[]>; file: string },
): Promise<void> {
  await inSession(client, async (session) => {
    for await (const batches of input.rows)
      await client.insert({ table: 'journal_rows', values: batches.map(rowOf), format: 'JSONEachRow', ...session })
    const result = await client.exec({ query: 'SELECT * FROM journal_rows ORDER BY number FORMAT Parquet', ...session })
    await pipeline(result.stream, fs.createWriteStream(input.file, { mode: 0o600 }))
  })
}

/** The rows of such a file, by number, in pages. Throws if it is none. */
export async function* readJournalParquet(
  client: ClickHouseClient,
  input: { file: string; pageRows: number },
): AsyncGenerator<ArchivedBatch[], void> {
  const session = await openSession(client)
  try {
    const sent = await client.exec({
      query: 'INSERT INTO journal_rows FORMAT Parquet',
      values: Readable.from([await fs.promises.readFile(input.file)], { objectMode: false }),
      ...session,
    })
    for await (const _ of sent.stream) {
      // Drained to its end: only then has the server read the whole file.
    }
    let after = '0'
    for (;;) {
      const result = await client.query({
        query: `SELECT shard, number, kind, app_id, key_id, toString(toUnixTimestamp64Micro(received_at)) AS received,
            event_count, digest, body
          FROM journal_rows WHERE number > {after: UInt64} ORDER BY number LIMIT {rows: UInt32}`,
        query_params: { after, rows: input.pageRows },
        format: 'JSONEachRow',
        ...session,
      })
      const page = await result.json<FileRow>()
      if (page.length > 0) yield page.map(batchOf)
      if (page.length < input.pageRows) return
      after = page.at(-1)?.number ?? after
    }
  } finally {
    await closeSession(client, session)
  }
}

interface FileRow {
  shard: number
  number: string
  kind: 'events' | 'act'
  app_id: string
  key_id: string | null
  /** Microseconds since 1970. */
  received: string
  event_count: number
  digest: string
  body: string
}

function rowOf({ shard, number, kind, appId, keyId, receivedAt, eventCount, digest, body }: ArchivedBatch) {
  const named = { app_id: appId, key_id: keyId, received_at: receivedAt, event_count: eventCount }
  return { shard, number: number.toString(), kind, ...named, digest, body }
}

function batchOf(row: FileRow): ArchivedBatch {
  return {
    ...{ shard: row.shard, number: BigInt(row.number), kind: row.kind, appId: row.app_id, keyId: row.key_id },
    ...{
      receivedAt: formatInstant(BigInt(row.received)),
      eventCount: row.event_count,
      digest: row.digest,
      body: row.body,
    },
  }
}

type Session = { session_id: string; clickhouse_settings: typeof SETTINGS }

async function inSession(client: ClickHouseClient, work: (session: Session) => Promise<void>): Promise<void> {
  const session = await openSession(client)
  try {
    await work(session)
  } finally {
    await closeSession(client, session)
  }
}

async function openSession(client: ClickHouseClient): Promise<Session> {
  const session: Session = { session_id: `archive-${randomUUID()}`, clickhouse_settings: SETTINGS }
  await client.command({ query: TABLE, ...session })
  return session
}

/** Its memory is given back now instead of when the session runs out. */
async function closeSession(client: ClickHouseClient, session: Session): Promise<void> {
  await client.command({ query: 'DROP TEMPORARY TABLE IF EXISTS journal_rows', ...session }).catch(() => undefined)
}
