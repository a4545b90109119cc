// A whole running system for one file of tests: its own databases, a web process and a worker, the demo's apps without their traffic.
// Promises: nothing else sends to it, so every meter begins empty; `stop` leaves no process behind.
// Does not know which client a test brings.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type DemoCredentials, seedDemo } from '@meterbook/stack/demo'
import { freePort } from '@meterbook/stack/ports'
import { type StackProcesses, startProcesses } from '@meterbook/stack/processes'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'

export interface RunningSystem {
  /** The origin, as a client is given it. */
  url: string
  demo: DemoCredentials
  processes: StackProcesses
  /** What it stores in: for tests that damage it, or give it commands. */
  stores: Pick<TestDatabase, 'postgres' | 'clickhouse' | 'redis'>
  /** The ingest key of an app of the demo, by its slug. */
  keyOf(slug: string): string
  stop(): Promise<void>
}

/** Needs the portal's pages to be built, as `npm test` does first. `env` is added to the environment of every process. */
export async function startRunningSystem(env: NodeJS.ProcessEnv = {}): Promise<RunningSystem> {
  const database = await createTestDatabase({ migrate: true })
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-clients-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const clear = async () => {
    await database.drop()
    fs.rmSync(home, { recursive: true, force: true })
  }
  try {
    const demo = await seedDemo({ databaseUrl: database.postgres.url, home, url, shardCount: 2, log: () => {} })
    const processes = await startProcesses({ servers: database, home, port, env, log: () => {} })
    return {
      url,
      demo,
      processes,
      stores: database,
      keyOf(slug) {
        const app = demo.apps.find((one) => one.slug === slug)
        if (!app) throw new Error(`expected an app of the demo, found ${slug}`)
        return app.ingestKey
      },
      async stop() {
        await processes.stop()
        await clear()
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}
