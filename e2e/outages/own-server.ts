import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type LocalServers, startServers } from '@meterbook/stack/servers'

export type Store = 'postgres' | 'clickhouse' | 'redis'
export type Others = Pick<LocalServers, Store>
const VARIABLE = { postgres: 'DATABASE_URL', clickhouse: 'CLICKHOUSE_URL', redis: 'REDIS_URL' } as const

/** One real server in a home of its own, that can be stopped, and started again on the same address with its data. */
export interface OwnServer {
  servers: LocalServers
  home: string
  down(): Promise<void>
  up(): Promise<void>
  /** Ends its process without a word; whoever watches over it starts it again. */
  kill(signal: NodeJS.Signals): void
  remove(): Promise<void>
}

/** Only `store` is started; the other two are taken from `others`. */
export async function startOwnServer(store: Store, others: Others): Promise<OwnServer> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `meterbook-outage-${store}-`))
  const env = othersOf(store, others)
  const start = () => startServers({ home, env, log: () => undefined })
  let servers = await start()
  return {
    servers,
    home,
    down: () => servers.stop(),
    async up() {
      servers = await start()
    },
    kill(signal) {
      for (const { pid } of servers.embedded) process.kill(pid, signal)
    },
    async remove() {
      await servers.stop()
      fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The environment in which startServers starts `store` and nothing else. */
export function othersOf(store: Store, others: Others): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV }
  for (const each of ['postgres', 'clickhouse', 'redis'] as const) {
    if (each !== store) env[VARIABLE[each]] = others[each].url
  }
  return env
}
