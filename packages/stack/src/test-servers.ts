// One set of real servers for a whole test run, and a namespace of its own in each of them for every test file.
// Promises: nothing of the user's is touched, whatever URLs the shell has set; what a killed run left is cleared by the next.
// Does not know what is tested: `migrate: true` is all it can do beyond empty databases.
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { Redis } from 'ioredis'
import pg from 'pg'
import { closeToStrangers, ownerRole } from './postgres/roles.ts'
import { readJson, writePrivate } from './private-file.ts'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'
import { redisDatabases } from './redis/server.ts'
import { loadSecrets } from './secrets.ts'
import { type LocalServers, startServers } from './servers.ts'

const homePrefix = 'meterbook-test-'
const variable = 'METERBOOK_TEST_SERVERS'
const databaseCounter = 'meterbook:test-databases'

/** The URLs that a test run hands to its files, through the environment. */
interface TestServerUrls {
  postgres: { url: string; ownerUrl: string; superuserUrl: string }
  clickhouse: { url: string }
  redis: { url: string }
}

/** The servers of a test run. */
export interface TestServers extends LocalServers {
  home: string
}

/**
 * Starts the three servers in a temporary home and puts their URLs into this process's environment, where every process
 * it starts finds them. `stop` ends them and removes the home.
 */
export async function startTestServers({
  log = () => {},
}: {
  log?: (line: string) => void
} = {}): Promise<TestServers> {
  await sweepAbandoned()
  const home = fs.mkdtempSync(path.join(os.tmpdir(), homePrefix))
  writePrivate(path.join(home, 'owner.json'), JSON.stringify(identify(process.pid)))
  // Only PATH is taken from the shell: a DATABASE_URL set there is somebody's database, not a test's.
  const servers = await startServers({ home, env: { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV }, log })
  const superuserUrl = withPath(servers.postgres.ownerUrl, 'postgres')
  superuserUrl.username = 'postgres'
  superuserUrl.password = loadSecrets(home).postgresSuperuser
  const urls: TestServerUrls = {
    postgres: { ...servers.postgres, superuserUrl: superuserUrl.href },
    clickhouse: servers.clickhouse,
    redis: servers.redis,
  }
  process.env[variable] = JSON.stringify(urls)
  return {
    ...servers,
    home,
    async stop() {
      delete process.env[variable]
      await servers.stop()
      fs.rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Empty databases that one test file has for itself; the URLs have the same form as those of `LocalServers`. */
export interface TestDatabase {
  postgres: { url: string; ownerUrl: string }
  clickhouse: { url: string }
  /** A numbered database, empty. Pub/sub channels are not numbered: their names have to be unique by themselves. */
  redis: { url: string }
  drop(): Promise<void>
}

/**
 * A fresh Postgres database, a fresh ClickHouse database and an empty Redis database, on the servers of the test run; where
 * none were started (a single file run on its own), it starts them and `drop` stops them. `migrate` brings both up to date.
 */
export async function createTestDatabase({ migrate = false }: { migrate?: boolean } = {}): Promise<TestDatabase> {
  const { urls, giveBack } = await testServers()
  const name = `meterbook_test_${randomUUID().replaceAll('-', '')}`
  await onPostgres(urls, async (superuser) => {
    await superuser.query(`CREATE DATABASE ${name} OWNER ${ownerRole}`)
    await closeToStrangers(superuser, name)
  })
  await onClickhouse(urls, `CREATE DATABASE ${name}`)
  const database: TestDatabase = {
    postgres: {
      url: withPath(urls.postgres.url, name).href,
      ownerUrl: withPath(urls.postgres.ownerUrl, name).href,
    },
    clickhouse: { url: withPath(urls.clickhouse.url, name).href },
    redis: { url: withPath(urls.redis.url, String(await takeRedisDatabase(urls))).href },
    async drop() {
      await onPostgres(urls, (superuser) => superuser.query(`DROP DATABASE ${name} WITH (FORCE)`))
      await onClickhouse(urls, `DROP DATABASE IF EXISTS ${name} SYNC`)
      await onRedis(database.redis.url, (redis) => redis.flushdb())
      await giveBack()
    },
  }
  if (migrate) {
    const log = () => {}
    await migratePostgres({ ownerUrl: database.postgres.ownerUrl, appUrl: database.postgres.url, log })
    await migrateClickhouse({ url: database.clickhouse.url, log })
  }
  return database
}

let ownServers: Promise<TestServers> | undefined
let ownUsers = 0

async function testServers(): Promise<{ urls: TestServerUrls; giveBack: () => Promise<void> }> {
  const given = process.env[variable]
  if (given !== undefined && ownServers === undefined)
    return { urls: JSON.parse(given) as TestServerUrls, giveBack: async () => {} }
  ownServers ??= startTestServers()
  ownUsers += 1
  const servers = await ownServers
  return {
    urls: JSON.parse(process.env[variable] ?? '') as TestServerUrls,
    async giveBack() {
      ownUsers -= 1
      if (ownUsers > 0) return
      ownServers = undefined
      await servers.stop()
    },
  }
}

/** Numbers go round: by the time one comes again, the file that had it is long finished. */
async function takeRedisDatabase(urls: TestServerUrls): Promise<number> {
  const number = await onRedis(urls.redis.url, (redis) => redis.incr(databaseCounter))
  const database = 1 + (number % (redisDatabases - 1))
  await onRedis(withPath(urls.redis.url, String(database)).href, (redis) => redis.flushdb())
  return database
}

async function onPostgres<T>(urls: TestServerUrls, work: (superuser: pg.Client) => Promise<T>): Promise<T> {
  const superuser = new pg.Client({ connectionString: urls.postgres.superuserUrl })
  await superuser.connect()
  try {
    return await work(superuser)
  } finally {
    await superuser.end()
  }
}

async function onClickhouse(urls: TestServerUrls, sql: string): Promise<void> {
  const { origin, username, password } = new URL(urls.clickhouse.url)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const answer = await fetch(origin, { method: 'POST', body: sql, headers: { connection: 'close', authorization } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`ClickHouse answered ${answer.status} to ${sql}: ${text}`)
}

async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true })
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Ends the servers and removes the homes of test runs that were killed before they could do it themselves. */
async function sweepAbandoned(): Promise<void> {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const home = path.join(os.tmpdir(), name)
    if (!name.startsWith(homePrefix)) continue
    const owner = readIdentity(path.join(home, 'owner.json'))
    if (!owner || isRunning(owner)) continue
    for (const server of ['postgres', 'clickhouse', 'redis']) {
      const left = readIdentity(path.join(home, 'run', `${server}.json`))
      if (left && isRunning(left)) process.kill(left.pid, 'SIGKILL')
    }
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    return readJson(file) as ProcessIdentity | undefined
  } catch {
    return undefined // another account's, or half removed
  }
}

function withPath(url: string, last: string): URL {
  const changed = new URL(url)
  changed.pathname = `/${last}`
  return changed
}
