import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { seedDemo } from '@meterbook/stack/demo'
import { buildPortal } from '@meterbook/stack/portal-build'
import { startProcesses } from '@meterbook/stack/processes'
import { createTestDatabase, startTestServers } from '@meterbook/stack/test-servers'

const PORT = 39_471

/** A running system with one worker and no other traffic, and a second, empty ClickHouse database to compare with. */
export interface BenchSystem {
  url: string
  key: string
  clickhouse: ClickHouseClient
  /** The same tables and views, empty: what a bare insert is measured on. */
  bare: ClickHouseClient
  close(): Promise<void>
}

export async function openBenchSystem(): Promise<BenchSystem> {
  const servers = await startTestServers()
  await buildPortal({ home: servers.home, log: console.log, signal: AbortSignal.timeout(300_000) })
  const [database, bareDatabase] = [await createTestDatabase(), await createTestDatabase()]
  await migratePostgres({ ownerUrl: database.postgres.ownerUrl, appUrl: database.postgres.url })
  await Promise.all([database, bareDatabase].map(({ clickhouse }) => migrateClickhouse({ url: clickhouse.url })))
  const { home } = servers
  const demo = await seedDemo({
    databaseUrl: database.postgres.url,
    home,
    url: `http://127.0.0.1:${PORT}`,
    log: () => undefined,
  })
  const processes = await startProcesses({
    servers: database,
    home,
    port: PORT,
    env: { INGEST_EVENTS_PER_MINUTE: '1000000000' },
  })
  const clickhouse = createClickHouse(database.clickhouse.url)
  const bare = createClickHouse(bareDatabase.clickhouse.url)
  return {
    url: processes.url,
    key: demo.apps[0]?.ingestKey ?? '',
    clickhouse,
    bare,
    async close() {
      await processes.stop()
      await Promise.all([clickhouse.close(), bare.close()])
      await servers.stop()
    },
  }
}
