import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { EntryDraft } from '@meterbook/core/ledger'
import { appendEntries, createPool, JournalWriter, type Pool, readHeads, sealJournal } from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts')
const POSTED_AT = 1_791_000_000_000_000n
const SPACE = randomUUID()
const OCTOBER = { start: '2026-10-01T00:00:00Z', end: '2026-11-01T00:00:00Z' }

let database: TestDatabase
let pool: Pool
let home: string
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-verify-'))
  pool = createPool({ url: database.postgres.url, name: 'test' })
  await pool.query(`INSERT INTO developer_space (id, slug, name) VALUES ($1, 'fern', 'Fern')`, [SPACE])
  const drafts = Array.from({ length: 5 }, (_, at): EntryDraft => {
    return { kind: 'credit', period: OCTOBER, billedIn: OCTOBER, amount: `-${at + 1}`, currency: 'USD', text: 'ü' }
  })
  await appendEntries(pool, { spaceId: SPACE, drafts, postedAt: POSTED_AT })
  const batch = { shard: 1, appId: randomUUID(), keyId: randomUUID(), receivedAt: POSTED_AT, eventCount: 0, body: '[]' }
  await new JournalWriter(pool).append([batch, batch])
  await sealJournal(pool, { shard: 1, through: 1n, postedAt: POSTED_AT })
})
afterAll(async () => {
  await pool.end()
  fs.rmSync(home, { recursive: true, force: true })
  await database.drop()
})

/** The command in a process of its own; with `isAlone` it knows of no store. */
function meterbook(args: string[], isAlone = false): Promise<{ code: number; stdout: string; stderr: string }> {
  const urls = {
    DATABASE_URL: database.postgres.url,
    CLICKHOUSE_URL: database.clickhouse.url,
    REDIS_URL: database.redis.url,
  }
  const env = { PATH: process.env.PATH, METERBOOK_HOME: home, ...(isAlone ? {} : urls) }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

const headOf = async () => (await readHeads(pool, { spaceIds: [SPACE] }))[0]?.hash ?? ''

describe('meterbook verify', () => {
  test('ends with 0 when every chain and the journal are well, and tells their heads', async () => {
    const { code, stdout } = await meterbook(['verify'])
    expect(stdout).toContain(`ledger of fern: 5 entries are well; head 5 ${await headOf()}`)
    expect(stdout).toContain('ledger of the platform: 1 entries are well')
    expect(stdout).toContain('journal of shard 1: 1 batches are as they were sealed, 1 are not sealed yet')
    expect(code).toBe(0)
  })

  test('holds the chain to a head that somebody noted, and ends with 1 when it did not pass through it', async () => {
    const noted = `fern:5:${await headOf()}`
    expect((await meterbook(['verify', '--space', 'fern', '--head', noted])).code).toBe(0)
    const { code, stdout } = await meterbook(['verify', '--json', '--head', `${SPACE}:4:${'f'.repeat(64)}`])
    expect(code).toBe(1)
    const { ok, chains } = JSON.parse(stdout)
    expect(ok).toBe(false)
    expect(chains.find((chain: { space: string }) => chain.space === 'fern').fault).toMatchObject({
      sequence: '4',
      fault: 'head',
      expected: 'f'.repeat(64),
    })
    expect((await meterbook(['verify', '--head', `fern:9:${await headOf()}`])).code).toBe(1)
  })

  test('ends with 2 when it could not look', async () => {
    expect((await meterbook(['verify', '--space', 'nobody'])).code).toBe(2)
    expect((await meterbook(['verify', '--head', 'fern:5'])).code).toBe(2)
    expect((await meterbook(['verify', path.join(home, 'none')], true)).code).toBe(2)
    expect((await meterbook(['verify'], true)).code).toBe(2)
    expect((await meterbook(['rebuild', 'everything'])).code).toBe(2)
  })
})

describe('an exported ledger', () => {
  const write = async (name: string, change: (text: string) => string): Promise<string> => {
    const [whole, file] = [path.join(home, 'whole.jsonl'), path.join(home, name)]
    if (!fs.existsSync(whole)) await meterbook(['export', 'ledger', '--space', 'fern', '--out', whole])
    fs.writeFileSync(file, change(fs.readFileSync(whole, 'utf8')))
    return file
  }

  test('verifies by itself, where nothing runs', async () => {
    const file = await write('same.jsonl', (text) => text)
    const { code, stdout } = await meterbook(['verify', file], true)
    expect(stdout.trim()).toBe(`ledger of fern: 5 entries are well; head 5 ${await headOf()}`)
    expect(code).toBe(0)
    expect((await meterbook(['verify', file, '--head', `${SPACE}:5:${'0'.repeat(64)}`], true)).code).toBe(1)
    expect((await meterbook(['export', 'ledger', '--space', 'fern', '--out', file])).code).toBe(2)
  })

  test('with one digit of one entry changed ends with 1, and names it', async () => {
    const file = await write('changed.jsonl', (text) => text.replace('\\"amount\\":\\"-3\\"', '\\"amount\\":\\"-2\\"'))
    const { code, stdout } = await meterbook(['verify', file], true)
    expect(stdout).toContain('ledger of fern: entry 3: altered in canonical')
    expect(code).toBe(1)
  })
})
