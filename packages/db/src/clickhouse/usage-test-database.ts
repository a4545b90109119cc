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
  return {
    shard: record.shard ?? 0,
    batch: record.batch ?? 1,
    pos: record.pos ?? index,
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
