import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { addDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createSettleTestDatabase,
  eventOf as event,
  type SettleTestDatabase,
} from '../../settle/settle-test-database.ts'

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts')
const SINCE = '2020-01-01T00:00:00Z'
const JUNE = ['--space', 'space', '--month', '2026-06']

let database: SettleTestDatabase
let home: string
beforeAll(async () => {
  database = await createSettleTestDatabase()
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-what-if-'))
  await database.owner.query(
    `INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES (gen_random_uuid(), $1, 'own', 'own', true, $2)`,
    [database.appId, SINCE],
  )
  const other = await database.addApp({ slug: 'other' })
  await database.send([
    ...[1, 2, 3, 20, 21].map((day) => event('request', `2026-06-${String(day).padStart(2, '0')}T10:00:00Z`)),
    event('request', '2026-06-15T10:00:00Z', {}, { installation: 'own' }),
    event('prompt', '2026-06-10T11:00:00Z', { tokens: '120.5' }),
    event('level', '2026-06-09T00:00:00Z', { thirds: 1 }, { subject: 'db' }),
    event('level', '2026-06-25T00:20:00Z', { thirds: 0 }, { subject: 'db' }),
    event('request', '2026-07-01T00:00:00Z'),
  ])
  await database.send(
    [1, 2, 3, 4].map((day) => event('request', `2026-06-0${day}T23:00:00Z`)),
    other,
  )
  await database.settle('2026-07-10T00:00:00Z')
})
afterAll(async () => {
  fs.rmSync(home, { recursive: true, force: true })
  await database.drop()
})

const version = (over: object = {}) => ({ effectiveFrom: SINCE, allowance: '3', price: '2', per: '1', ...over })

function draftFile(document: unknown): string {
  const file = path.join(fs.mkdtempSync(path.join(home, 'draft-')), 'prices.json')
  fs.writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document))
  return file
}

function whatIf(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: database.databaseUrl,
    CLICKHOUSE_URL: database.clickhouseUrl,
    REDIS_URL: 'redis://127.0.0.1:1',
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'what-if', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

type Row = Record<'app' | 'capability' | 'capabilityKey' | 'actual' | 'draft' | 'difference' | 'posted', string>

async function report(capabilities: object[]): Promise<{ rows: Row[]; total: Omit<Row, 'app'>; isClosed: boolean }> {
  const { code, stdout } = await whatIf(...JUNE, '--prices', draftFile({ capabilities }), '--json')
  expect(code, stdout).toBe(0)
  return JSON.parse(stdout)
}

const brief = ({ app, capabilityKey, actual, draft, difference }: Row) => [
  app,
  capabilityKey,
  actual,
  draft,
  difference,
]

describe('meterbook what-if', () => {
  test('rates what is posted of a month again: what the draft changes, app by app, and what it does not list stays', async () => {
    const ledger = await database.entries()
    const { rows, total, isClosed } = await report([
      { key: 'requests', versions: [version({ allowance: '1', price: '2.5' })] },
    ])
    const apps = rows.filter(({ capabilityKey }) => capabilityKey === 'requests').map(brief)
    expect(apps.sort()).toEqual([
      ['app', 'requests', '4', '10', '6'],
      ['other', 'requests', '2', '7.5', '5.5'],
    ])
    expect(rows.find(({ capabilityKey }) => capabilityKey === 'tokens')).toMatchObject({
      ...{ actual: '1.025', draft: '1.025', difference: '0' },
    })
    const june = ledger.filter(({ period }) => period.start === '2026-06-01T00:00:00Z')
    const posted = june.reduce((sum, { amount }) => addDecimals(sum, amount), '0')
    expect(total).toMatchObject({ actual: posted, posted, difference: '11.5', draft: addDecimals(posted, '11.5') })
    expect(isClosed).toBe(false)
    expect(await database.entries()).toEqual(ledger)
  })

  test('a draft that says what is in force changes nothing, to the last digit, wherever it begins', async () => {
    const stored = { allowance: '1', price: '0.07' }
    const { rows, total } = await report([
      { key: 'requests', versions: [version()] },
      {
        key: 'stored',
        versions: [version(stored), version({ ...stored, effectiveFrom: '2026-06-17T13:07:11.000001Z' })],
      },
    ])
    expect(rows.map(({ difference }) => difference)).toEqual(rows.map(() => '0'))
    expect(total.difference).toBe('0')
    expect(rows.some(({ capabilityKey, actual }) => capabilityKey === 'stored' && actual !== '0')).toBe(true)
  })

  test('a draft that begins in mid-month, with tiers, is in force from then on', async () => {
    const { rows } = await report([
      {
        key: 'requests',
        versions: [
          version(),
          version({
            effectiveFrom: '2026-06-20T00:00:00Z',
            allowance: '0',
            tiers: {
              mode: 'graduated',
              tiers: [
                { upTo: '4', price: '10' },
                { upTo: null, price: '100', flat: '1' },
              ],
            },
          }),
        ],
      },
    ])
    // three are used before, within the allowance of the first version: the fourth and the fifth pay by the second one's tiers
    expect(rows.map(brief)).toContainEqual(['app', 'requests', '4', '111', '107'])
    expect(rows.map(brief)).toContainEqual(['other', 'requests', '2', '2', '0'])
  })

  test('prints a table with its total, for people', async () => {
    const file = draftFile({
      capabilities: [{ key: 'requests', unit: 'unit', versions: [version({ price: '0' })] }],
    })
    const { code, stdout, stderr } = await whatIf(...JUNE, '--prices', file)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^space, 2026-06-01T00:00:00Z to 2026-07-01T00:00:00Z \(open: .+\), in USD$/m)
    expect(stdout).toMatch(/^app +requests +5 +unit +4 +0 +-4$/m)
    expect(stdout).toMatch(/^total +[\d.]+ +[\d.]+ +-6$/m)
  })

  test.each([
    ['not json', 'expected JSON'],
    [{ capabilities: [] }, 'capabilities: expected at least 1, found []'],
    [
      { capabilities: [{ key: 'requests', versions: [version({ price: 2 })] }] },
      'capabilities[0].versions[0].price: expected a text, found 2',
    ],
    [
      { capabilities: [{ key: 'requests', versions: [version({ per: '0' })] }] },
      'capabilities[0].versions[0].per: expected a plain decimal above 0, as text, found "0"',
    ],
    [
      { capabilities: [{ key: 'requests', versions: [version({ allowence: '5' })] }] },
      'expected no members but the known ones, found "allowence"',
    ],
    [
      { capabilities: [{ key: 'requests', versions: [version({ effectiveFrom: 'June' })] }] },
      'versions[0].effectiveFrom: expected an RFC 3339 instant, such as 2026-10-01T00:00:00Z, found "June"',
    ],
    [
      {
        capabilities: [
          { key: 'requests', versions: [version({ tiers: { mode: 'volume', tiers: [{ upTo: '5', price: '1' }] } })] },
        ],
      },
      'versions[0].tiers.tiers: expected tiers that ascend by upTo',
    ],
    [{ capabilities: [{ key: 'nothing', versions: [version()] }] }, 'found "nothing"'],
    [
      { capabilities: [{ key: 'requests', unit: 'GB', versions: [version()] }] },
      'capabilities requests, unit: expected unit, found GB',
    ],
  ])(
    'refuses a draft that is none, and names the place, what it expected and what it found: %j',
    async (document, message) => {
      const { code, stderr } = await whatIf(...JUNE, '--prices', draftFile(document))
      expect(stderr).toContain(message)
      expect(code).toBe(2)
    },
  )
})
