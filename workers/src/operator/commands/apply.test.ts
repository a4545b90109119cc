import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { catalogueFileSchema } from '@meterbook/core/catalogue-file'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { readCatalogueFile } from '@meterbook/db/postgres/catalogue-acts'
import { seedDemo } from '@meterbook/stack/demo'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeCatalogueYaml } from '../catalogue-yaml.ts'
import { type CommandContext, type OperatorStores, UsageFault } from '../command.ts'
import { applyCommand } from './apply.ts'
import { exportCommand } from './export.ts'

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts')
const DOCS = path.resolve(import.meta.dirname, '../../../../docs')
const DEMO = path.join(DOCS, 'demo-catalogue.yaml')

let home: string
let demo: TestDatabase
let empty: TestDatabase
let demoPool: Pool
let pool: Pool
beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-apply-test-'))
  demo = await createTestDatabase({ migrate: true })
  empty = await createTestDatabase({ migrate: true })
  demoPool = createPool({ url: demo.postgres.url, name: 'test' })
  pool = createPool({ url: empty.postgres.url, name: 'test' })
  await seedDemo({ databaseUrl: demo.postgres.url, home, url: 'http://127.0.0.1:3000', log: () => undefined })
})
afterAll(async () => {
  await Promise.all([demoPool.end(), pool.end()])
  await Promise.all([demo.drop(), empty.drop()])
  fs.rmSync(home, { recursive: true, force: true })
})

test('the demo catalogue in docs is the catalogue of the demo, and the schema beside it is that of its form', async () => {
  const written = writeCatalogueYaml(await readCatalogueFile(demoPool))
  await expect(written).toMatchFileSnapshot(DEMO)
  const schema = JSON.stringify(catalogueFileSchema(), null, 2)
  await expect(`${schema}\n`).toMatchFileSnapshot(path.join(DOCS, 'catalogue.schema.json'))
})

test('applied to an empty home the demo catalogue gives the same catalogue, and applied twice it changes nothing', async () => {
  const urls = { DATABASE_URL: empty.postgres.url, CLICKHOUSE_URL: empty.clickhouse.url, REDIS_URL: empty.redis.url }
  const env = { ...process.env, ...urls }
  const dry = promisify(execFile)(process.execPath, [MAIN, 'apply', DEMO, '--dry-run', '--json'], { env })
  const { code, stdout } = await dry.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  )
  expect([code, JSON.parse(stdout)]).toMatchObject([1, { ok: false, applied: false, change: 0, unchanged: 0 }])
  expect((await readCatalogueFile(pool)).apps).toEqual([])

  const first = await operate(['apply', DEMO, '--yes', '--reason', 'first catalogue'])
  expect([first.code, first.out]).toEqual([0, expect.stringContaining('+ app sprint-radar')])
  expect(await readCatalogueFile(pool)).toEqual(await readCatalogueFile(demoPool))
  const { rows } = await pool.query('SELECT revision FROM catalogue_head')

  const second = await operate(['apply', DEMO, '--yes'])
  expect([second.code, second.out]).toEqual([0, expect.stringMatching(/^0 to make, 0 to change, \d+ unchanged\n$/)])
  expect((await pool.query('SELECT revision FROM catalogue_head')).rows).toEqual(rows)

  const exported = path.join(home, 'exported.yaml')
  expect((await operate(['export', 'catalogue', '--out', exported])).code).toBe(0)
  expect(fs.readFileSync(exported, 'utf8')).toBe(fs.readFileSync(DEMO, 'utf8'))
  const audit = await pool.query<{ act: string; reason: string }>('SELECT act, reason FROM audit_entry')
  expect(new Set(audit.rows.map(({ reason }) => reason))).toEqual(new Set(['first catalogue']))
  expect(new Set(audit.rows.map(({ act }) => act))).toContain('meter.create')
})

test('a changed file changes what it says and nothing else: renames, ends, new versions, archived apps', async () => {
  const file = path.join(home, 'changed.yaml')
  const lines = fs.readFileSync(DEMO, 'utf8')
  fs.writeFileSync(
    file,
    lines
      .replace('name: Triage Desk\n', 'name: Triage Bench\n    archived: true\n')
      .replace(
        'slug: requests\n    name: Requests\n    capability: requests\n    versions:\n',
        `$&      - { from: 2030-01-01T00:00:00Z, eventType: request, aggregation: COUNT, dataSchema: { type: object } }\n`,
      ),
  )
  const applied = await operate(['apply', file, '--yes'])
  expect([applied.code, applied.out]).toEqual([0, expect.stringContaining('"Triage Desk" → "Triage Bench"')])
  const now = await readCatalogueFile(pool)
  expect(now.apps.find(({ slug }) => slug === 'triage-desk')).toMatchObject({ name: 'Triage Bench', archived: true })
  expect(now.meters.find(({ slug }) => slug === 'requests')?.versions).toHaveLength(2)
  expect((await operate(['apply', file, '--yes'])).out).toContain('0 to make, 0 to change')
  const back = await operate(['apply', DEMO, '--yes', '--json'])
  expect(JSON.parse(back.out)).toMatchObject({ ok: true, create: 0, change: 2 })
})

test('what is agreed with a space stands in the file: it is made, ended, read back, and never edited', async () => {
  const file = path.join(home, 'terms.yaml')
  const write = (terms: string) =>
    fs.writeFileSync(
      file,
      `format: meterbook/catalogue/1\nspaces: [{ slug: fernline, name: Fernline, terms: [${terms}] }]\n`,
    )
  const discount = 'kind: discount, percent: "12.50", text: "Launch discount, first year", from: 2026-07-01T00:00:00Z'
  const credit = 'kind: credit, capability: kvs.reads, amount: "5", text: For the outage, from: 2999-01-01T00:00:00Z'
  write(`{ ${discount} }, { ${credit} }`)
  expect((await operate(['apply', file, '--yes'])).out).toContain('2 to make, 0 to change')
  expect((await operate(['apply', file, '--yes'])).out).toContain('0 to make, 0 to change')
  write(`{ ${discount}, to: 2027-07-01T00:00:00Z }, { ${credit} }`)
  expect((await operate(['apply', file, '--yes'])).out).toContain('0 to make, 1 to change')
  expect((await readCatalogueFile(pool)).spaces.find(({ slug }) => slug === 'fernline')?.terms).toMatchObject([
    { kind: 'discount', percent: '12.5', text: 'Launch discount, first year', to: '2027-07-01T00:00:00.000000Z' },
    { kind: 'credit', capability: 'kvs.reads', amount: '5', text: 'For the outage' },
  ])
  write(`{ ${discount.replace('12.50', '15')} }`)
  expect(await operate(['apply', file, '--yes'])).toMatchObject({
    code: 2,
    out: expect.stringContaining('which stays'),
  })
  write('{ kind: minimum, percent: "5", text: Least, from: 2999-01-01T00:00:00Z }')
  expect(await operate(['apply', file, '--yes'])).toMatchObject({ code: 2, out: expect.stringContaining('an amount') })
})

test('what is wrong with a file is told by line and column, and nothing of it is done', async () => {
  const file = path.join(home, 'wrong.yaml')
  fs.writeFileSync(
    file,
    [
      'format: meterbook/catalogue/1',
      'spaces:',
      '  - { slug: Nope!, name: Nope }',
      '  - slug: fine',
      '    name: Fine',
      '    colour: blue',
      'priceBooks:',
      '  - { slug: book, name: Book, currency: USD, prices: [{ capability: c, versions: [{ from: today, price: 0.05 }] }] }',
    ].join('\n'),
  )
  const { code, out } = await operate(['apply', file, '--yes'])
  expect(code).toBe(2)
  expect(out.replaceAll(file, 'wrong.yaml').trim().split('\n').sort()).toEqual([
    'wrong.yaml:3:13 spaces.0.slug: expected 1 to 63 small letters, digits, - or _, such as sprint-radar, found "Nope!"',
    'wrong.yaml:6:13 spaces.1.colour: expected no member of this name, found "colour"',
    'wrong.yaml:8:105 priceBooks.0.prices.0.versions.0.price: expected a text in quotes, which keeps every digit, found 0.05',
    'wrong.yaml:8:91 priceBooks.0.prices.0.versions.0.from: expected an instant with its zone, such as 2026-07-01T00:00:00Z, found "today"',
  ])
  fs.writeFileSync(file, fs.readFileSync(DEMO, 'utf8').replace('unit: GB\n', 'unit: GiB\n'))
  const edited = await operate(['apply', file, '--yes'])
  expect([edited.code, edited.out]).toEqual([2, expect.stringContaining('which stays, found "GiB"')])
})

test('a step that is turned down takes the whole file back', async () => {
  const file = path.join(home, 'refused.yaml')
  const before = await readCatalogueFile(pool)
  fs.writeFileSync(
    file,
    [
      'format: meterbook/catalogue/1',
      'spaces: [{ slug: brandnew, name: Brand new }, { slug: quarry-lane, name: Quarry Lane, archived: true }]',
    ].join('\n'),
  )
  const { code, error } = await operate(['apply', file, '--yes'])
  expect([code, error]).toEqual([2, expect.stringContaining('whose apps are archived or transferred')])
  expect(await readCatalogueFile(pool)).toEqual(before)
})

/** In this process: what a command prints is its answer, what it throws is what main.ts says. */
async function operate(args: string[]): Promise<{ code: number; out: string; error: string }> {
  const command = args[0] === 'export' ? exportCommand : applyCommand
  const { values, positionals } = parseArgs({
    args: args.slice(1),
    options: { ...command.options, json: { type: 'boolean' } },
    allowPositionals: true,
  })
  const said: string[] = []
  const told: string[] = []
  const context: CommandContext = {
    stores: () => ({ pool }) as OperatorStores,
    print: (line) => said.push(`${line}\n`),
    tell: (line) => told.push(line),
    progress: () => undefined,
    isJson: values.json === true,
    signal: new AbortController().signal,
  }
  try {
    const code = await command.run(context, values, positionals)
    return { code, out: said.join(''), error: told.join('\n') }
  } catch (error) {
    if (error instanceof UsageFault) return { code: 2, out: said.join(''), error: error.message }
    throw error
  }
}
