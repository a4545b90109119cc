import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts')

let database: TestDatabase
let home: string
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-operator-'))
})
afterAll(async () => {
  fs.rmSync(home, { recursive: true, force: true })
  await database.drop()
})

/** The command in a process of its own, with no more of an environment than is given. */
function meterbook(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

function urls(): Record<string, string> {
  return {
    METERBOOK_HOME: home,
    DATABASE_URL: database.postgres.url,
    CLICKHOUSE_URL: database.clickhouse.url,
    REDIS_URL: database.redis.url,
  }
}

describe('meterbook reconcile', () => {
  test('says where the stores should be when it finds none', async () => {
    const { code, stderr } = await meterbook(['reconcile'], { METERBOOK_HOME: home })
    expect(code).toBe(2)
    expect(stderr).toContain('expected DATABASE_URL')
  })

  test('finds the stores of a running Meterbook by its home, and exits 0 when nothing differs', async () => {
    const { postgres, clickhouse, redis } = database
    fs.writeFileSync(path.join(home, 'services.json'), JSON.stringify({ postgres, clickhouse, redis }), { mode: 0o600 })
    const { code, stdout } = await meterbook(['reconcile'], { METERBOOK_HOME: home })
    expect(stdout).toBe('nothing differs: 0 events compared\n')
    expect(code).toBe(0)
  })

  test('exits 1 when something differs, names it, and says how to mend it', async () => {
    const clickhouse = createClickHouse(database.clickhouse.url)
    await clickhouse.insert({
      table: 'rollup_hour',
      values: [{ app: 'nobody', meter: 'tokens', meter_version: 1, t: '2026-07-01 12:00:00', count: '3', sum: '0.5' }],
      format: 'JSONEachRow',
    })
    await clickhouse.close()
    const { code, stdout } = await meterbook(['reconcile'], urls())
    expect(stdout).toMatch(/hour rollup, count +nobody +tokens v1 +2026-07-01T12:00:00Z +0 +3 +3\n/)
    expect(stdout).toMatch(/hour rollup, sum +nobody +tokens v1 +2026-07-01T12:00:00Z +0 +0.5 +0.5\n/)
    expect(stdout).toContain('npm run meterbook -- rebuild')
    expect(code).toBe(1)
  })

  test('tells a machine the same in one object', async () => {
    const { code, stdout } = await meterbook(['reconcile', '--json'], urls())
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      events: 0,
      differences: [
        {
          what: 'rollup_hour',
          figure: 'count',
          appId: 'nobody',
          app: null,
          hour: '2026-07-01T12:00:00Z',
          difference: '3',
        },
        { figure: 'sum', expected: '0', found: '0.5', difference: '0.5' },
      ],
    })
    expect(code).toBe(1)
  })

  test('exits 2 when it could not look, and never tells a password', async () => {
    const gone = new URL(database.clickhouse.url)
    const { password } = gone
    gone.password = 'wrong-password'
    const { code, stdout, stderr } = await meterbook(['reconcile'], { ...urls(), CLICKHOUSE_URL: gone.href })
    expect(code).toBe(2)
    expect(stderr).toContain('reconcile: ')
    expect(stdout + stderr).not.toContain('wrong-password')
    expect(stdout + stderr).not.toContain(password)
  })

  test('refuses what it does not understand before it looks', async () => {
    for (const args of [
      ['--from', 'yesterday'],
      ['--app', 'unheard-of'],
    ]) {
      const { code, stderr } = await meterbook(['reconcile', ...args], urls())
      expect(stderr).toMatch(/expected .*, found/)
      expect(code).toBe(2)
    }
    expect((await meterbook(['reconcile', '--help'], {})).stdout).toContain('--from T')
  })
})
