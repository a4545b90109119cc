import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPortFree } from './ports.ts'
import { identify } from './process-identity.ts'
import { type LocalServers, startServers } from './servers.ts'
import { until } from './wait.ts'

// The tests of this file are one story about one home, told in order: a parent starts the servers, servers are killed,
// the parent is killed, a second parent adopts them, and stops them.
type Urls = Pick<LocalServers, 'postgres' | 'clickhouse' | 'redis'>

const names = ['postgres', 'clickhouse', 'redis'] as const
const env = { PATH: process.env.PATH }
const log = () => {}

let home: string
let parent: ChildProcess
let urls: Urls
let second: LocalServers | undefined

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-servers-'))
  const program = `import { startServers } from ${JSON.stringify(path.join(import.meta.dirname, 'servers.ts'))}
    const { postgres, clickhouse, redis } = await startServers({ home: ${JSON.stringify(home)}, log() {} })
    console.log(JSON.stringify({ postgres, clickhouse, redis }))
    setInterval(() => {}, 1000)`
  parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!parent.stdout) throw new Error('no output to read')
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
  urls = JSON.parse(line) as Urls
})
afterAll(async () => {
  parent.kill('SIGKILL')
  await second?.stop()
  for (const name of names) if (isLeft(name)) process.kill(record(name).pid, 'SIGKILL')
  fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

test('no other account of the machine can read a generated secret', () => {
  expect(fs.statSync(home).mode & 0o777).toBe(0o700)
  for (const file of ['secrets.json', 'run/redis.conf', 'run/clickhouse-config/users.xml'])
    expect([file, fs.statSync(path.join(home, file)).mode & 0o777]).toEqual([file, 0o600])
})

test('the app’s Postgres role is not a superuser, cannot make roles or databases, and owns nothing', async () => {
  const [role] = await query<Record<string, boolean>>(
    urls.postgres.url,
    'SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user',
  )
  expect(role).toEqual({ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false })
  await expect(query(urls.postgres.url, 'CREATE TABLE mine (id int)')).rejects.toThrow('permission denied')
  await expect(query(urls.postgres.url, `COPY (SELECT 1) TO '/dev/null'`)).rejects.toThrow('permission denied')
})

test('the owner’s role can make tables and trusted extensions, and is not a superuser', async () => {
  await query(urls.postgres.ownerUrl, 'CREATE EXTENSION IF NOT EXISTS btree_gist')
  await query(urls.postgres.ownerUrl, 'CREATE TABLE kept (id int)')
  await query(urls.postgres.ownerUrl, 'INSERT INTO kept VALUES (1)')
  const sql = 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user'
  expect(await query(urls.postgres.ownerUrl, sql)).toEqual([{ rolsuper: false }])
})

test('what Postgres acknowledged is on the disk', async () => {
  const sql = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`
  expect(await query(urls.postgres.url, sql)).toEqual([{ fsync: 'on', commit: 'on' }])
})

test('ClickHouse answers to the app’s user alone, and not to the open session that starts it', async () => {
  expect(await ask(urls.clickhouse.url, 'SELECT currentUser()')).toEqual([200, 'meterbook'])
  const open = new URL(urls.clickhouse.url)
  open.username = 'default'
  open.password = ''
  for (const sql of ['SELECT 1', `SELECT * FROM file('/etc/passwd')`, 'SYSTEM STOP LISTEN HTTP'])
    expect((await ask(open.href, sql))[0]).toBe(404)
})

test('ClickHouse’s app user reaches no file, no network and no foreign database', async () => {
  const refused = [
    `SELECT * FROM file('/etc/passwd', 'LineAsString')`,
    `SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')`,
    'CREATE TABLE meterbook.f (line String) ENGINE = File(CSV)',
    'CREATE DATABASE other',
    'SYSTEM STOP LISTEN HTTP',
    `CREATE USER somebody`,
  ]
  for (const sql of refused) {
    const [status, text] = await ask(urls.clickhouse.url, sql)
    expect([sql, status === 200, /ACCESS_DENIED|ACCESS_STORAGE/.test(text)]).toEqual([sql, false, true])
  }
})

test('Redis asks for a password, never evicts a job, and writes what it takes to a file', async () => {
  const stranger = await saidTo(Number(new URL(urls.redis.url).port), 'GET secret\r\n')
  expect(stranger).toMatch(/NOAUTH/)
  const settings = await onRedis(urls.redis.url, (redis) => redis.config('GET', 'maxmemory-policy', 'appendonly'))
  expect(settings).toEqual(expect.arrayContaining(['maxmemory-policy', 'noeviction', 'appendonly', 'yes']))
})

test('a second start on a home in use is refused, and says by whom', async () => {
  await expect(startServers({ home, env, log })).rejects.toThrow(`${home} is in use by process ${parent.pid}`)
})

test('each server that dies comes back on its port with what it had', async () => {
  await ask(urls.clickhouse.url, 'CREATE TABLE kept (id UInt8) ENGINE = MergeTree ORDER BY id')
  await ask(urls.clickhouse.url, 'INSERT INTO kept VALUES (1)')
  const before = names.map((name) => record(name).pid)
  for (const pid of before) process.kill(pid, 'SIGKILL')
  expect(await until(allAnswer, { withinMs: 20_000, everyMs: 100 })).toBe(true)
  const after = names.map((name) => record(name).pid)
  for (const [index, pid] of after.entries()) expect(pid).not.toBe(before[index])
  expect(await query(urls.postgres.ownerUrl, 'SELECT id FROM kept')).toEqual([{ id: 1 }])
  expect(await ask(urls.clickhouse.url, 'SELECT id FROM kept')).toEqual([200, '1'])
})

test('servers that outlived a killed parent are adopted by the next start', async () => {
  const before = names.map((name) => record(name).pid)
  const gone = once(parent, 'exit')
  parent.kill('SIGKILL')
  await gone
  second = await startServers({ home, env, log })
  expect(second.embedded.map((server) => server.isAdopted)).toEqual([true, true, true])
  expect(names.map((name) => record(name).pid)).toEqual(before)
  expect({ postgres: second.postgres, clickhouse: second.clickhouse, redis: second.redis }).toEqual(urls)
})

test('an adopted server that dies comes back too', async () => {
  const { pid } = record('redis')
  process.kill(pid, 'SIGKILL')
  const isBack = async () => record('redis').pid !== pid && (await pings(urls.redis.url))
  expect(await until(isBack, { withinMs: 10_000, everyMs: 100 })).toBe(true)
})

test('a server on a URL that does not answer is named, without its password, and nothing is left running', async () => {
  const other = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-servers-'))
  const closed = 'postgresql://somebody:hush@127.0.0.1:1/meterbook'
  const failing = startServers({
    home: other,
    env: { ...env, DATABASE_URL: closed, CLICKHOUSE_URL: 'http://127.0.0.1:1' },
    log,
  })
  const message = await failing.catch((error: Error) => error.message)
  expect(message).toMatch(/DATABASE_URL at 127\.0\.0\.1:1 does not answer .*ECONNREFUSED/)
  expect(message).not.toContain('hush')
  const { pid } = JSON.parse(fs.readFileSync(path.join(other, 'run', 'redis.json'), 'utf8')) as { pid: number }
  expect(identify(pid)).toBeUndefined()
  expect(fs.existsSync(path.join(other, 'claim.json'))).toBe(false)
  fs.rmSync(other, { recursive: true })
})

test('stop leaves no process, no open port and no claim behind', async () => {
  const ports = second?.embedded.map((server) => server.port) ?? []
  expect(ports).toHaveLength(3)
  await second?.stop()
  second = undefined
  expect(names.filter(isLeft)).toEqual([])
  for (const port of ports) expect(await isPortFree(port)).toBe(true)
  expect(fs.existsSync(path.join(home, 'claim.json'))).toBe(false)
})

function record(name: string): { pid: number; port: number } {
  return JSON.parse(fs.readFileSync(path.join(home, 'run', `${name}.json`), 'utf8')) as { pid: number; port: number }
}

function isLeft(name: string): boolean {
  return fs.existsSync(path.join(home, 'run', `${name}.json`)) && identify(record(name).pid) !== undefined
}

async function allAnswer(): Promise<boolean> {
  const all = [query(urls.postgres.url, 'SELECT 1'), ask(urls.clickhouse.url, 'SELECT 1'), pings(urls.redis.url)]
  const answers = await Promise.allSettled(all)
  return answers.every((answer) => answer.status === 'fulfilled' && answer.value !== false)
}

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // the server is killed under it
  await client.connect()
  try {
    return (await client.query(sql)).rows as T[]
  } finally {
    await client.end()
  }
}

async function ask(url: string, sql: string): Promise<[status: number, text: string]> {
  const { origin, pathname, username, password } = new URL(url)
  const answer = await fetch(`${origin}/?database=${pathname.slice(1)}`, {
    method: 'POST',
    body: sql,
    headers: { connection: 'close', authorization: `Basic ${btoa(`${username}:${password}`)}` },
  })
  return [answer.status, (await answer.text()).trim()]
}

async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  redis.on('error', () => {}) // the command tells
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** What a server answers to these bytes from somebody who has not signed in. */
async function saidTo(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  socket.end(bytes)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

function pings(url: string): Promise<boolean> {
  return onRedis(url, (redis) => redis.ping()).then(
    (answer) => answer === 'PONG',
    () => false,
  )
}
