// A running system of which one store can be taken away: the door without pages, a worker, and that store in a home of its own.
// Promises: the store comes back on the same address with its data; `stop` leaves no process behind.
// Does not know: what is sent, or what has to come of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { seedDemo } from '@meterbook/stack/demo'
import { freePort } from '@meterbook/stack/ports'
import { processEnv } from '@meterbook/stack/processes'
import type { LocalServers } from '@meterbook/stack/servers'
import { createTestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'

const READY_MS_MAX = 60_000
const STOP_MS_MAX = 20_000
const DOOR = new URL('../../apps/web/ingest.ts', import.meta.url).pathname
const WORKER = new URL('../../workers/src/main.ts', import.meta.url).pathname

export interface OutageSystem {
  url: string
  /** The ingest key of an app of the demo. */
  key: string
  pool: Pool
  clickhouse: ClickHouseClient
  worker: ChildProcess
  /** The body of GET /readyz, whatever its status. */
  readyz(): Promise<Readyz>
  /** The lines of GET /metrics. */
  metrics(): Promise<string[]>
  stop(): Promise<void>
}

export interface Readyz {
  status: 'ready' | 'unready'
  components: Record<
    'postgres' | 'clickhouse' | 'redis' | 'workers' | 'projection',
    {
      state: 'up' | 'down'
      detail?: string
      lagSeconds?: number
      waitingEvents?: string
      shards?: { admission: string }[]
    }
  >
}

type Servers = Pick<LocalServers, 'postgres' | 'clickhouse' | 'redis'>

/**
 * `own` starts the store that will be taken away; it is told where the other two are, which are those of the test run. The caller stops
 * its own store after `stop`.
 */
export async function startOutageSystem(own: (others: Servers) => Promise<Partial<Servers>>): Promise<OutageSystem> {
  const database = await createTestDatabase()
  const servers = { ...database, ...(await own(database)) }
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-outage-'))
  await migratePostgres({ ownerUrl: servers.postgres.ownerUrl, appUrl: servers.postgres.url })
  await migrateClickhouse({ url: servers.clickhouse.url })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const demo = await seedDemo({ databaseUrl: servers.postgres.url, home, url, log: () => undefined })
  const env = processEnv({ servers, home, port }, url)
  const start = (script: string) => run(script, env, path.join(home, `${path.basename(script)}.log`))
  const worker = start(WORKER)
  const processes = [worker, start(DOOR)]
  const pool = createPool({ url: servers.postgres.url, name: 'outage-test' })
  const clickhouse = createClickHouse(servers.clickhouse.url)
  const readyz = async () => {
    const answer = await fetch(`${url}/readyz`)
    return (await answer.json()) as Readyz
  }
  const stop = async () => {
    await Promise.all(processes.map(end))
    await pool.end()
    await clickhouse.close()
    await database.drop()
    fs.rmSync(home, { recursive: true, force: true })
  }
  const isReady = async () => (await readyz().catch(() => null))?.status === 'ready'
  if (!(await until(isReady, { withinMs: READY_MS_MAX, everyMs: 100 }))) {
    const found = JSON.stringify(await readyz().catch(String))
    await stop()
    throw new Error(`expected the system to get ready, found ${found}`)
  }
  const metrics = async () => (await (await fetch(`${url}/metrics`)).text()).split('\n')
  return { url, key: demo.apps[0]!.ingestKey, pool, clickhouse, worker, readyz, metrics, stop }
}

function run(script: string, env: NodeJS.ProcessEnv, logFile: string): ChildProcess {
  const log = fs.openSync(logFile, 'a')
  const child = spawn(process.execPath, [script], { cwd: path.dirname(script), env, stdio: ['ignore', log, log] })
  fs.closeSync(log)
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  await ended
  clearTimeout(timer)
}
