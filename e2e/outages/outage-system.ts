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

const READY_MS_MAX = 120_000
const STOP_MS_MAX = 20_000
const DOOR = new URL('../../apps/web/ingest.ts', import.meta.url).pathname
const WORKER = new URL('../../workers/src/main.ts', import.meta.url).pathname

export interface OutageSystem {
  url: string
  /** The ingest key of an app of the demo. */
  key: string
  /** Of every door, the first of them `url`; of every app of the demo, the first of them `key`. */
  urls: string[]
  keys: string[]
  pool: Pool
  clickhouse: ClickHouseClient
  worker: ChildProcess
  workers: ChildProcess[]
  doors: ChildProcess[]
  /** Starts one again that was ended, in its place. */
  restart: { worker(at: number): void; door(at: number): void }
  /** The three stores, and where the processes keep their secrets. */
  servers: Servers
  home: string
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
 * its own store after `stop`. `seededKey`: the stores hold their data already, and this is a key to them.
 */
export async function startOutageSystem(
  own: (others: Servers) => Promise<Partial<Servers>>,
  more: { seededKey?: string; workers?: number; doors?: number } = {},
): Promise<OutageSystem> {
  const database = await createTestDatabase()
  const servers = { ...database, ...(await own(database)) }
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-outage-'))
  await migratePostgres({ ownerUrl: servers.postgres.ownerUrl, appUrl: servers.postgres.url })
  await migrateClickhouse({ url: servers.clickhouse.url })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const seed = async () => {
    const demo = await seedDemo({
      databaseUrl: servers.postgres.url,
      home,
      url,
      shardCount: more.workers ?? 1,
      log: () => undefined,
    })
    return demo.apps.map(({ ingestKey }) => ingestKey)
  }
  const keys = more.seededKey === undefined ? await seed() : [more.seededKey]
  const env = processEnv({ servers, home, port }, url)
  const processes: ChildProcess[] = []
  const start = (script: string, at: NodeJS.ProcessEnv = {}) => {
    const child = run(script, { ...env, ...at }, path.join(home, `${path.basename(script)}.log`))
    processes.push(child)
    return child
  }
  const workers = Array.from({ length: more.workers ?? 1 }, () => start(WORKER))
  const urls = [url]
  const doors = [start(DOOR)]
  for (let extra = 1; extra < (more.doors ?? 1); extra += 1) {
    const extraPort = await freePort()
    urls.push(`http://127.0.0.1:${extraPort}`)
    doors.push(start(DOOR, { PORT: String(extraPort) }))
  }
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
  const restart = {
    worker: (at: number) => {
      workers[at] = start(WORKER)
    },
    door: (at: number) => {
      doors[at] = start(DOOR, { PORT: new URL(urls[at]!).port })
    },
  }
  return {
    ...{ url, urls, keys, key: keys[0]!, pool, clickhouse, worker: workers[0]!, workers, doors, restart },
    ...{ servers, home, readyz, metrics, stop },
  }
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
