import { createTestDatabase } from '@meterbook/stack/test-servers'
import { type ClickHouseClient, createClickHouse } from './client.ts'

/** What a test says of a usage record; the rest has quiet defaults. */
export interface TestRecord {
  space: string
  app: string
  meter: string
  meterVersion?: number
  environment?: string
  at: bigint
  subject?: string
  quantity?: string
  uniqueValue?: string
  dims?: Record<string, string>
  shard?: number
  batch?: number
  pos?: number
  /** default 1; -1 takes away the record that has the same entry */
  sign?: 1 | -1
  /** what recorded it; default: the event itself */
  entry?: { batch: number; pos: number }
  /** of a reversal: the act that did it */
  act?: { batch: number; pos: number }
}

export interface UsageDatabase {
  client: ClickHouseClient
  insert(records: readonly TestRecord[]): Promise<void>
  insertEvents(events: readonly Record<string, unknown>[]): Promise<void>
  newName(prefix: string): string
  close(): Promise<void>
}

/** A fresh database with our tables on the test run's own ClickHouse, dropped by close(). */
export async function openUsageDatabase(): Promise<UsageDatabase> {
  const database = await createTestDatabase({ migrate: true })
  const client = createClickHouse(database.clickhouse.url)
  let made = 0
  return {
    client,
    newName: (prefix) => `${prefix}-${++made}`,
    async insert(records) {
      await client.insert({ table: 'usage_records', values: records.map(rowOf), format: 'JSONEachRow' })
    },
    async insertEvents(events) {
      await client.insert({ table: 'event_index', values: [...events], format: 'JSONEachRow' })
    },
    async close() {
      await client.close()
      await database.drop()
    },
  }
}

function rowOf(record: TestRecord, index: number): Record<string, unknown> {
  const [batch, pos] = [record.batch ?? 1, record.pos ?? index]
  return {
    shard: record.shard ?? 0,
    batch,
    pos,
    sign: record.sign ?? 1,
    entry_batch: record.entry?.batch ?? batch,
    entry_pos: record.entry?.pos ?? pos,
    act_batch: record.act?.batch ?? 0,
    act_pos: record.act?.pos ?? 0,
    space: record.space,
    app: record.app,
    meter: record.meter,
    meter_version: record.meterVersion ?? 1,
    environment: record.environment ?? 'production',
    // a number is read as units of the column's scale: microseconds
    at: Number(record.at),
    received_at: Number(record.at),
    subject: record.subject ?? '',
    quantity: record.quantity ?? '1',
    unique_value: record.uniqueValue ?? '',
    dims: record.dims ?? {},
  }
}
