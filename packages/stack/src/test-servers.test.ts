import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from './test-servers.ts'

let one: TestDatabase
let two: TestDatabase

beforeAll(async () => {
  one = await createTestDatabase()
  two = await createTestDatabase()
})
afterAll(async () => {
  await one.drop()
  await two.drop()
})

test('two test files never see each other’s rows in Postgres', async () => {
  await query(one.postgres.ownerUrl, 'CREATE TABLE mine (id int)')
  expect(await query(one.postgres.ownerUrl, `SELECT to_regclass('mine')::text AS found`)).toEqual([{ found: 'mine' }])
  expect(await query(two.postgres.ownerUrl, `SELECT to_regclass('mine')::text AS found`)).toEqual([{ found: null }])
})

test('two test files never see each other’s tables in ClickHouse', async () => {
  await ask(one.clickhouse.url, 'CREATE TABLE mine (id UInt8) ENGINE = MergeTree ORDER BY id')
  expect(await ask(one.clickhouse.url, 'EXISTS TABLE mine')).toBe('1')
  expect(await ask(two.clickhouse.url, 'EXISTS TABLE mine')).toBe('0')
})

test('two test files never see each other’s keys in Redis', async () => {
  const [first, second] = [new Redis(one.redis.url), new Redis(two.redis.url)]
  await first.set('mine', '1')
  expect(await first.get('mine')).toBe('1')
  expect(await second.get('mine')).toBeNull()
  first.disconnect()
  second.disconnect()
})

test('the app’s role connects to a test file’s database and can make nothing in it', async () => {
  await expect(query(one.postgres.url, 'CREATE TABLE theirs (id int)')).rejects.toThrow('permission denied')
})

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function ask(url: string, sql: string): Promise<string> {
  const { origin, pathname, username, password } = new URL(url)
  const answer = await fetch(`${origin}/?database=${pathname.slice(1)}`, {
    method: 'POST',
    body: sql,
    headers: { connection: 'close', authorization: `Basic ${btoa(`${username}:${password}`)}` },
  })
  expect(answer.status).toBe(200)
  return (await answer.text()).trim()
}
