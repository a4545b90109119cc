import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { createPool, listOwnedShards, type Pool } from '@meterbook/db/postgres'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { seedDemo } from '@meterbook/stack/demo'
import { buildPortal } from '@meterbook/stack/portal-build'
import { freePort } from '@meterbook/stack/ports'
import { processEnv, startProcesses } from '@meterbook/stack/processes'
import { createTestDatabase, startTestServers, type TestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'
import type { WatchedProcess } from './process-usage.ts'
import { storeIdentities } from './stored-identities.ts'

const READY_MS = 180_000
const HOST = '127.0.0.1'

/** A running system with one worker and no other traffic, and a second, empty ClickHouse database to compare with. */
export interface BenchSystem {
  host: string
  port: number
  /** Of the demo's apps, which are spread evenly over the shards. */
  keys: string[]
  pool: Pool
  /** For what opens connections of its own. */
  urls: { databaseUrl: string; clickhouseUrl: string }
  clickhouse: ClickHouseClient
  /** The same tables and views, empty: what a bare insert is measured on. */
  bare: ClickHouseClient
  processes: WatchedProcess[]
  close(): Promise<void>
}

export interface SystemOptions {
  /** `web`: the whole web process, as `npm start` runs it. `ingest`: the door as a process of its own, without the portal. */
  door: 'web' | 'ingest'
  storedIdentities: number
  shardCount: number
  /** A folder for CPU profiles of the door and the worker, written when they end. */
  profileDir?: string | undefined
}

export async function openBenchSystem(options: SystemOptions): Promise<BenchSystem> {
  const servers = await startTestServers()
  try {
    const [database, bareDatabase] = [await createTestDatabase(), await createTestDatabase()]
    const { ownerUrl, url } = database.postgres
    await migratePostgres({ ownerUrl, appUrl: url })
    await Promise.all([database, bareDatabase].map(({ clickhouse }) => migrateClickhouse({ url: clickhouse.url })))
    const { home } = servers
    const port = await freePort()
    const demo = await seedDemo({ databaseUrl: url, home, url: `http://${HOST}:${port}`, log: () => undefined })
    await spreadApps(ownerUrl, options.shardCount)
    const clickhouse = createClickHouse(database.clickhouse.url)
    const bare = createClickHouse(bareDatabase.clickhouse.url)
    if (options.storedIdentities > 0) {
      await storeIdentities(clickhouse, { count: options.storedIdentities, shards: options.shardCount })
    }
    const pool = createPool({ url: ownerUrl, connectionsMax: 2, name: 'meterbook-bench' })
    const ours = await startOurs({ options, database, home, port })
    const isOwned = async () => (await listOwnedShards(pool)).length === options.shardCount
    if (!(await until(isOwned, { withinMs: READY_MS }))) throw new Error('expected every shard to be owned')
    const pidOf = (name: string) => servers.embedded.find((server) => server.name === name)?.pid ?? 0
    return {
      host: HOST,
      port,
      keys: demo.apps.map((app) => app.ingestKey),
      pool,
      urls: { databaseUrl: url, clickhouseUrl: database.clickhouse.url },
      clickhouse,
      bare,
      processes: [
        { name: 'web', pid: ours.web },
        { name: 'worker', pid: ours.worker },
        { name: 'Postgres', pid: pidOf('postgres'), isTree: true },
        { name: 'ClickHouse', pid: pidOf('clickhouse') },
        { name: 'Redis', pid: pidOf('redis') },
      ],
      async close() {
        await ours.stop()
        await Promise.all([pool.end(), clickhouse.close(), bare.close()])
        await servers.stop()
      },
    }
  } catch (error) {
    await servers.stop()
    throw error
  }
}

/** The demo's apps have random ids and so random shards; a figure must not depend on how they fell. */
async function spreadApps(ownerUrl: string, shardCount: number): Promise<void> {
  const owner = createPool({ url: ownerUrl, connectionsMax: 1, name: 'meterbook-bench-spread' })
  try {
    await owner.query(
      'UPDATE app SET shard = o.place % $1 FROM (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place FROM app) o WHERE o.id = app.id',
      [shardCount],
    )
  } finally {
    await owner.end()
  }
}

interface Ours {
  web: number
  worker: number
  stop(): Promise<void>
}

async function startOurs(input: {
  options: SystemOptions
  database: TestDatabase
  home: string
  port: number
}): Promise<Ours> {
  const { options, database, home, port } = input
  const env = {
    // No quota: what is measured is what the machine can do.
    INGEST_EVENTS_PER_MINUTE: '1000000000',
    ...(options.profileDir && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${path.resolve(options.profileDir)}` }),
  }
  if (options.door === 'web') {
    await buildPortal({ home, log: console.log, signal: AbortSignal.timeout(300_000) })
    const processes = await startProcesses({ servers: database, home, port, env })
    return { web: processes.web.pid ?? 0, worker: processes.workers[0]?.pid ?? 0, stop: () => processes.stop() }
  }
  const all = processEnv({ servers: database, home, port, env }, `http://${HOST}:${port}`)
  const [web, worker] = ['apps/web/ingest.ts', 'workers/src/main.ts'].map((script) => run(script, home, all))
  const ends = [web, worker].map((child) => new Promise<void>((resolve) => child?.once('close', () => resolve())))
  return {
    web: web?.pid ?? 0,
    worker: worker?.pid ?? 0,
    async stop() {
      web?.kill('SIGTERM')
      await Promise.race([ends[0], pause(10_000)])
      worker?.kill('SIGTERM')
      await Promise.race([ends[1], pause(15_000)])
    },
  }
}

function run(script: string, home: string, env: NodeJS.ProcessEnv) {
  const file = path.join(import.meta.dirname, '..', script)
  const log = fs.openSync(path.join(home, 'logs', `${path.basename(path.dirname(script))}.log`), 'a')
  const child = spawn(process.execPath, [file], { cwd: path.dirname(file), env, stdio: ['ignore', log, log] })
  fs.closeSync(log)
  return child
}
