import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import { openArchive } from '@meterbook/db/archive'
import {
  type ArchivedBatch,
  type ClickHouseClient,
  createClickHouse,
  readJournalParquet,
} from '@meterbook/db/clickhouse'
import {
  appendCorrection,
  createPool,
  JournalWriter,
  type Pool,
  readBatches,
  sealJournal,
} from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyLedger } from '../ledger/verify-ledger.ts'
import { checkArchive } from './check-archive.ts'
import { writeArchive } from './write-archive.ts'

const MAIN = path.resolve(import.meta.dirname, '..', 'operator/main.ts')
const POSTED_AT = 1_791_000_000_000_000n
const signal = new AbortController().signal

let database: TestDatabase
let pool: Pool
let owner: pg.Client
let clickhouse: ClickHouseClient
let folder: string
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'test' })
  owner = new pg.Client({ connectionString: database.postgres.ownerUrl })
  await owner.connect()
  clickhouse = createClickHouse(database.clickhouse.url)
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'archive-test-'))
  await fill(1, 300)
  // What is hostile to a text format is in the journal too: it comes back to the byte.
  await fill(2, 3, '\\u0000 \\ud83d\\ude00 ü \\" \\\\ \\n \u2028 💥')
  await appendCorrection(pool, {
    request: {
      ...{ id: randomUUID(), act: 'cancel', app: { id: randomUUID(), shard: 2 }, actor: { id: 'p', name: 'Pat' } },
      ...{ reason: 'because', filter: {}, targets: [{ batch: 1n, pos: 0 }] },
    },
    receivedAt: POSTED_AT,
  })
  await seal(1, 120n)
  await seal(1, 290n)
  await seal(2, 4n)
})
afterAll(async () => {
  await Promise.all([pool.end(), owner.end(), clickhouse.close()])
  await database.drop()
  fs.rmSync(folder, { recursive: true, force: true })
})

async function fill(shard: number, count: number, text = ''): Promise<void> {
  await new JournalWriter(pool).append(
    Array.from({ length: count }, (_, at) => ({
      ...{ shard, appId: randomUUID(), keyId: randomUUID(), receivedAt: POSTED_AT + BigInt(at), eventCount: 1 },
      body: `[{"id":"${at}","data":"${text}${'x'.repeat((at % 3) * 1_000)}"}]`,
    })),
  )
}
const seal = (shard: number, through: bigint) => sealJournal(pool, { shard, through, postedAt: POSTED_AT })

const deps = () => ({ pool, clickhouse, signal, archive: openArchive(path.join(folder, 'store'), {}) })
const write = () => writeArchive(deps(), { shard: null, now: () => POSTED_AT })
const check = (restores = false) => checkArchive(deps(), { shard: null, restores })
const faults = async () =>
  (await check()).flatMap(({ file, fault }) => (fault === null ? [] : [`${file.file}: ${fault}`]))
const fileOf = (name: string) => path.join(folder, 'store', name)
const FIRST = 'shard-0001/000000000001-000000000290.parquet'

/** As somebody with every right does, guards off. */
async function withoutGuards(statement: string): Promise<void> {
  await owner.query('ALTER TABLE journal_batch DISABLE TRIGGER USER')
  await owner.query(statement)
  await owner.query('ALTER TABLE journal_batch ENABLE TRIGGER USER')
}

function meterbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { postgres, redis } = database
  const env = { PATH: process.env.PATH, METERBOOK_HOME: folder, DATABASE_URL: postgres.url }
  const urls = { CLICKHOUSE_URL: database.clickhouse.url, REDIS_URL: redis.url }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...env, ...urls } as NodeJS.ProcessEnv },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

describe('the archive', () => {
  test('holds every sealed batch once, and nothing that is not sealed; asked again or twice at once, it has nothing more to do', async () => {
    const written = await Promise.allSettled([write(), write()])
    const files = written.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    // Of two at once, one may find the other's file half way and give up: what was posted is posted once.
    expect(new Set(files.map(({ file }) => file)).size).toBe(files.length)
    await write()
    const { rows } = await pool.query(
      `SELECT journal_shard AS shard, journal_first AS first, journal_last AS last FROM ledger_entry
       WHERE kind = 'journal_archive' AND space_id = $1 ORDER BY 1, 2`,
      [PLATFORM_SPACE_ID],
    )
    expect(rows).toEqual([
      { shard: 1, first: '1', last: '290' },
      { shard: 2, first: '1', last: '4' },
    ])
    expect(await write()).toEqual([])
    expect(await faults()).toEqual([])
    expect((await verifyLedger(pool, { spaceIds: null, held: [], signal })).isWell).toBe(true)
  })

  test('goes on where it ended, and its files hold every text as it was received', async () => {
    await seal(1, 300n)
    expect((await write()).map(({ file, batches }) => [file, batches])).toEqual([
      ['shard-0001/000000000291-000000000300.parquet', '10'],
    ])
    const file = fileOf('shard-0002/000000000001-000000000004.parquet')
    expect(fs.readFileSync(file).toString('latin1')).toMatch(/^PAR1[\s\S]*PAR1$/)
    const rows: ArchivedBatch[] = []
    for await (const page of readJournalParquet(clickhouse, { file, pageRows: 3 })) rows.push(...page)
    const batches = await readBatches(pool, { shard: 2, first: 1n, last: 4n })
    expect(rows.map(({ number, kind, body }) => ({ number, kind, body }))).toEqual(
      batches.map(({ number, kind, body }) => ({ number, kind, body })),
    )
    expect(rows.at(-1)).toMatchObject({ kind: 'act', keyId: null, eventCount: 1 })
  })

  test('names the file that was touched, cut or is gone, and the batch whose content another has', async () => {
    const whole = fs.readFileSync(fileOf(FIRST))
    const touched = Buffer.from(whole)
    touched[touched.length >> 1] = (touched[touched.length >> 1] ?? 0) ^ 1
    for (const [content, said] of [
      [touched, /expected \d+ bytes with SHA-256 [0-9a-f]{64}, found \d+ with/],
      [whole.subarray(0, 1_000), /found 1000 with/],
      [null, /found none/],
    ] as const) {
      if (content === null) fs.rmSync(fileOf(FIRST))
      else fs.writeFileSync(fileOf(FIRST), content)
      const [fault, ...more] = await faults()
      expect(fault).toMatch(said)
      expect(fault).toContain(FIRST)
      expect(more).toEqual([])
    }
    fs.writeFileSync(fileOf(FIRST), whole)
    expect(await faults()).toEqual([])
  })

  test('does not take over a file of another content, and says what differs from the seal', async () => {
    await fill(3, 2)
    await seal(3, 2n)
    // The file of another shard under the name that would be next: whole Parquet, and not what was sealed.
    fs.mkdirSync(fileOf('shard-0003'), { recursive: true })
    fs.copyFileSync(
      fileOf('shard-0002/000000000001-000000000004.parquet'),
      fileOf('shard-0003/000000000001-000000000002.parquet'),
    )
    await expect(write()).rejects.toThrow(/shard-0003.* is not what was sealed: batch 1/)
    fs.rmSync(fileOf('shard-0003/000000000001-000000000002.parquet'))
    expect((await write()).map(({ file }) => file)).toEqual(['shard-0003/000000000001-000000000002.parquet'])
  })

  test('gives the journal back what it lost, to the byte, so that the chain is whole and everything can be rebuilt', async () => {
    const before = await readBatches(pool, { shard: 1, first: 1n, last: 300n })
    await withoutGuards('DELETE FROM journal_batch WHERE shard = 1 AND number BETWEEN 50 AND 150')
    expect((await verifyLedger(pool, { spaceIds: null, held: [], signal })).isWell).toBe(false)
    const seen = await meterbook('archive', path.join(folder, 'store'), '--check', '--json')
    expect(JSON.parse(seen.stdout)).toMatchObject({ ok: true, files: expect.arrayContaining([]) })
    const { code, stdout } = await meterbook('archive', path.join(folder, 'store'), '--check', '--restore')
    expect(stdout).toContain('101 batches were put back into the journal')
    expect(code).toBe(0)
    expect(await readBatches(pool, { shard: 1, first: 1n, last: 300n })).toEqual(before)
    expect((await verifyLedger(pool, { spaceIds: null, held: [], signal })).isWell).toBe(true)
  })

  test('by the command: exit 1 when a file is not what was archived, 2 when it could not be done', async () => {
    const place = path.join(folder, 'store')
    expect((await meterbook('archive', place)).stdout).toBe('nothing to archive: every sealed batch is in a file\n')
    fs.renameSync(fileOf(FIRST), fileOf('aside'))
    const { code, stdout } = await meterbook('archive', place, '--check')
    expect(stdout).toMatch(/^3 of 4 files are what was archived/)
    expect(stdout).toContain(`${FIRST}: expected the file in`)
    expect(code).toBe(1)
    fs.renameSync(fileOf('aside'), fileOf(FIRST))
    expect((await meterbook('archive')).code).toBe(2)
    expect((await meterbook('archive', 's3://the-bucket', '--check')).stderr).toContain('AWS_ACCESS_KEY_ID')
    expect((await meterbook('archive', place, '--restore')).code).toBe(2)
  })
})
