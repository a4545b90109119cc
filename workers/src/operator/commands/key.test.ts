import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { createPool, KeyDirectory, type Pool } from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts')
const APP = randomUUID()
const SPACE = randomUUID()

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'test' })
  await pool.query(`INSERT INTO developer_space (id, slug, name) VALUES ($1, 'fern', 'Fern')`, [SPACE])
  await pool.query(`INSERT INTO app (id, slug, name, shard) VALUES ($1, 'tills', 'Tills', 2)`, [APP])
  await pool.query(
    `INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, '2020-01-01')`,
    [randomUUID(), APP, SPACE],
  )
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** The command in a process of its own. */
function meterbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: database.postgres.url,
    CLICKHOUSE_URL: database.clickhouse.url,
    REDIS_URL: database.redis.url,
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}
const authenticate = (key: string) => new KeyDirectory(pool).authenticate(key)

describe('meterbook key create', () => {
  test('makes a key of the stated scope that works at once, and writes down that it did, without the secret', async () => {
    const scope = ['--environment', 'staging', '--environment', 'production', '--type', 'prompt', '--expires', '90d']
    const { code, stdout } = await meterbook('key', 'create', '--app', 'tills', ...scope, '--read', '--json')
    const made = JSON.parse(stdout)
    expect([code, made.ok]).toEqual([0, true])
    expect(await authenticate(made.key)).toMatchObject({
      keyId: made.id,
      app: { id: APP, slug: 'tills', shard: 2 },
      scopes: ['events:write', 'usage:read'],
      eventTypes: ['prompt'],
      environments: ['staging', 'production'],
    })
    const days = (Date.parse(made.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(89.9)
    expect(days).toBeLessThanOrEqual(90)
    const { rows } = await pool.query<{ text: string; act: string; space_id: string }>(
      'SELECT act, space_id, row_to_json(a)::text AS text FROM audit_entry a WHERE target_id = $1',
      [made.id],
    )
    expect(rows).toMatchObject([{ act: 'key.create', space_id: SPACE }])
    expect(rows[0]?.text).not.toContain(made.key.split('_').slice(2).join('_'))
  })

  test('prints the key of a platform service, or one for tests, for people', async () => {
    const service = await meterbook('key', 'create', '--service', '--name', 'Runtime', '--events-per-second', '10')
    expect(service.code).toBe(0)
    expect(await authenticate(service.stdout.split('\n')[0] ?? '')).toMatchObject({
      kind: 'service',
      eventsPerSecond: 10,
    })
    const forTests = await meterbook('key', 'create', '--app', APP, '--test')
    expect(await authenticate(forTests.stdout.split('\n')[0] ?? '')).toMatchObject({ scopes: ['events:test'] })
    expect(forTests.stdout).toContain('It is shown this once')
  })

  test('that cannot be made ends with 2, says what was expected and found, and makes none', async () => {
    const count = async () => (await pool.query('SELECT FROM ingest_key')).rowCount
    const before = await count()
    for (const [args, words] of [
      [[], 'expected --app APP or --service'],
      [['--app', 'tills', '--service'], 'expected --app APP or --service'],
      [['--app', 'nowhere'], 'expected the slug or id of an app, found "nowhere"'],
      [['--app', 'tills', '--expires', 'soon'], 'found "soon"'],
      [['--app', 'tills', '--expires', '2020-01-01T00:00:00Z'], 'expected a moment to come'],
      [['--app', 'tills', '--events-per-second', '0'], 'expected a whole number from 1'],
      [['--app', 'tills', '--test', '--read'], 'expected --test or --read'],
    ] as const) {
      const { code, stderr } = await meterbook('key', 'create', ...args)
      expect(code, words).toBe(2)
      expect(stderr).toContain(words)
    }
    expect((await meterbook('key')).code).toBe(2)
    expect((await meterbook('key', '--help')).stdout).toContain('Exit: 0 it was made')
    expect(await count()).toBe(before)
  })
})
