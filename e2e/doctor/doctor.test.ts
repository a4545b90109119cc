import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { type LocalServers, startServers } from '@meterbook/stack/servers'
import { createTestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestEvent, sendBatch } from '../events.ts'
import { type OutageSystem, startOutageSystem } from '../outages/outage-system.ts'
import { canHaveOwnDisk, startOnOwnDisk } from '../outages/own-disk.ts'
import { type DoctorRun, runDoctor } from './doctor-run.ts'

const WELL_MS_MAX = 60_000
const CLOCK = path.join(import.meta.dirname, 'shifted-clock.ts')

let storesHome: string
let servers: LocalServers
let system: OutageSystem
let owner: pg.Client
beforeAll(async () => {
  storesHome = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-doctor-'))
  servers = await startStores()
  system = await startOutageSystem(async () => servers)
  const { postgres, clickhouse, redis } = servers
  const services = path.join(system.home, 'services.json')
  fs.writeFileSync(services, JSON.stringify({ postgres, clickhouse, redis }), { mode: 0o600 })
  owner = new pg.Client({ connectionString: postgres.ownerUrl })
  owner.on('error', () => undefined)
  await owner.connect()
})
afterAll(async () => {
  await owner?.end().catch(() => undefined)
  await system?.stop()
  await servers?.stop()
  fs.rmSync(storesHome, { recursive: true, force: true, maxRetries: 5 })
})

function startStores(): Promise<LocalServers> {
  const env = { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV }
  return startServers({ home: storesHome, env, log: () => undefined })
}

function doctor(more: Partial<Parameters<typeof runDoctor>[0]> = {}): Promise<DoctorRun> {
  return runDoctor({ servers, home: system.home, ...more })
}

/** One fault is one finding, which says what to do about it. */
function expectOnly(run: DoctorRun, expected: { name: string; found: RegExp; advice: RegExp }): void {
  expect(run.wrong.map(({ name }) => name)).toEqual([expected.name])
  expect(run.wrong[0]!.found).toMatch(expected.found)
  expect(run.wrong[0]!.advice).toMatch(expected.advice)
  expect(run.code).toBe(1)
}

async function expectWell(): Promise<void> {
  let last: DoctorRun | undefined
  const isWell = async () => {
    last = await doctor()
    return last.code === 0
  }
  await until(isWell, { withinMs: WELL_MS_MAX, everyMs: 200 })
  expect(last!.findings.filter(({ state }) => state !== 'well')).toEqual([])
}

describe('meterbook doctor', () => {
  test('finds nothing where all is well', async () => {
    await expectWell()
    const { findings } = await doctor()
    expect(findings.length).toBeGreaterThanOrEqual(14)
  })

  test.each([
    ['Postgres', 'postgres', 'DATABASE_URL'],
    ['ClickHouse', 'clickhouse', 'CLICKHOUSE_URL'],
    ['Redis', 'redis', 'REDIS_URL'],
  ] as const)(
    'tells a wrong password of %s from a store that is away, and never prints it',
    async (name, store, variable) => {
      const url = new URL(servers[store].url)
      url.password = 'guessed-wrongly'
      const run = await doctor({ env: { [variable]: url.href } })
      expectOnly(run, { name, found: /refuses the login/, advice: new RegExp(`password in ${variable}`) })
      expect(JSON.stringify(run.findings)).not.toMatch(/guessed-wrongly|mbk_|postgresql:/)
    },
  )

  test('finds a clock that is off', async () => {
    for (const off of ['90000', '-90000']) {
      const run = await doctor({ preload: CLOCK, env: { CLOCK_OFF_MS: off } })
      expectOnly(run, { name: 'Clocks', found: /(90|89)\.\d s (behind|ahead)/, advice: /clock of this machine by NTP/ })
    }
  })

  test('finds an old schema, in either database', async () => {
    const { rows } = await owner.query(
      'DELETE FROM "_prisma_migrations" WHERE migration_name = (SELECT max(migration_name) FROM "_prisma_migrations") RETURNING *',
    )
    const postgres = await doctor()
    const columns = Object.keys(rows[0]!)
    await owner.query(
      `INSERT INTO "_prisma_migrations" (${columns.join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(rows[0]!),
    )
    expectOnly(postgres, {
      name: 'Schema of Postgres',
      found: /older than this code, without 2026/,
      advice: /migrate\.ts/,
    })

    const marked = `SELECT name, digest FROM schema_migration WHERE state = 'done' ORDER BY name DESC LIMIT 1`
    const [last] = await (await system.clickhouse.query({ query: marked, format: 'JSONEachRow' })).json<{
      name: string
    }>()
    await system.clickhouse.command({
      query: `DELETE FROM schema_migration WHERE name = {name:String} AND state = 'done'`,
      query_params: { name: last!.name },
    })
    const analytics = await doctor()
    await system.clickhouse.insert({
      table: 'schema_migration',
      values: [{ ...last, state: 'done' }],
      format: 'JSONEachRow',
    })
    expectOnly(analytics, { name: 'Schema of ClickHouse', found: new RegExp(last!.name), advice: /migrate\.ts/ })
    await expectWell()
  })

  test('finds a missing index, and where its statement is', async () => {
    const index = 'journal_batch_received_at_idx'
    const { rows } = await owner.query<{ made: string }>(`SELECT pg_get_indexdef('${index}'::regclass) AS made`)
    await owner.query(`DROP INDEX ${index}`)
    const run = await doctor()
    await owner.query(rows[0]!.made)
    expectOnly(run, { name: 'Indexes', found: new RegExp(index), advice: /prisma\/migrations/ })
  })

  test('finds a file of secrets that others can read', async () => {
    const file = path.join(system.home, 'secrets.json')
    fs.chmodSync(file, 0o644)
    const run = await doctor()
    fs.chmodSync(file, 0o600)
    expectOnly(run, { name: 'Secrets', found: /secrets\.json is 644/, advice: /chmod 600/ })
  })

  test('finds processes that run other code than this checkout', async () => {
    const run = await doctor({ env: { METERBOOK_VERSION: 'another' } })
    expectOnly(run, { name: 'Versions', found: /this checkout is another, meterbook-web runs/, advice: /restart/ })
  })

  test('finds what waits too long behind a worker that hangs', async () => {
    system.worker.kill('SIGSTOP')
    const { url, key } = system
    expect(await sendBatch({ url, key, events: [requestEvent('waits')] })).toBe(204)
    let run: DoctorRun | undefined
    const isLate = async () => {
      run = await doctor({ args: ['--lag-max', '1'] })
      return run.code === 1
    }
    await until(isLate, { withinMs: WELL_MS_MAX })
    system.worker.kill('SIGCONT')
    expectOnly(run!, { name: 'Lag', found: /1 events, the oldest for \d+ s/, advice: /worker hangs/ })
    await expectWell()
  })

  test.each(['redis', 'clickhouse', 'postgres'] as const)('finds that %s is down', async (store) => {
    const name = { redis: 'Redis', clickhouse: 'ClickHouse', postgres: 'Postgres' }[store]
    await servers.embedded.find((one) => one.name.toLowerCase().startsWith(store))!.stop()
    const run = await doctor()
    expectOnly(run, { name, found: /does not answer at 127/, advice: /start it, or correct/ })
    await servers.stop()
    servers = await startStores()
    await expectWell()
  })

  test('finds a stopped worker', async () => {
    system.worker.kill('SIGTERM')
    let run: DoctorRun | undefined
    const isGone = async () => {
      run = await doctor()
      return run.code !== 0
    }
    await until(isGone, { withinMs: WELL_MS_MAX })
    expectOnly(run!, { name: 'Workers', found: /none runs/, advice: /start a worker/ })
  })

  test('says what it takes when it finds no stores at all, and when it is asked wrongly', async () => {
    const nowhere = { postgres: { url: '', ownerUrl: '' }, clickhouse: { url: '' }, redis: { url: '' } }
    const none = runDoctor({ servers: nowhere, home: path.join(storesHome, 'none') })
    await expect(none).rejects.toThrow('expected DATABASE_URL or a Meterbook that runs')
    await expect(doctor({ args: ['--lag-max', 'soon'] })).rejects.toThrow('expected a number of seconds')
  })
})

// A machine that refuses mounts says so in the count of tests that did not run; it is no fault of what is tested.
describe.runIf(canHaveOwnDisk())('on a disk of its own', () => {
  test('meterbook doctor finds that it is full', async () => {
    const others = await createTestDatabase({ migrate: true })
    const disk = await startOnOwnDisk('postgres', others, 200)
    try {
      const { postgres } = disk.servers
      await migratePostgres({ ownerUrl: postgres.ownerUrl, appUrl: postgres.url })
      const home = path.join(storesHome, 'none')
      const ofDisk = async () =>
        (await runDoctor({ servers: { ...others, postgres }, home })).findings.find(
          ({ name }) => /of Postgres$/.test(name) && /^Disk/.test(name),
        )
      expect(await ofDisk()).toMatchObject({ state: 'well' })
      await disk.fill()
      expect(await ofDisk()).toMatchObject({
        state: 'wrong',
        found: 'is full (53100)',
        advice: expect.stringMatching(/give it room/),
      })
      await disk.free()
      expect(await ofDisk()).toMatchObject({ state: 'well' })
    } finally {
      await disk.remove()
      await others.drop()
    }
  })
})
