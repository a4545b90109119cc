import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { unzipTexts, verifyEvidence, zipTexts } from '@meterbook/core/evidence'
import { exportEvidence } from '@meterbook/db/evidence'
import { listLineEntries } from '@meterbook/db/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, eventOf as event, type SettleTestDatabase } from '../settle/settle-test-database.ts'

const sha256 = (text: string): string => hash('sha256', text, 'hex')
const verify = (bundle: Uint8Array, held: Parameters<typeof verifyEvidence>[1]['held'] = []) =>
  verifyEvidence(bundle, { sha256, held })

let database: SettleTestDatabase
let space: { id: string; slug: string }
beforeAll(async () => {
  database = await createSettleTestDatabase()
  space = { id: database.spaceId, slug: 'space' }
  await database.send([
    event('prompt', '2026-06-01T10:10:00Z', { tokens: '120.5', user: 'ann' }),
    event('prompt', '2026-06-01T10:20:00Z', { tokens: '79.5', user: 'bob' }),
    event('request', '2026-06-01T10:30:00Z'),
  ])
  await database.send([event('prompt', '2026-06-01T10:40:00Z', { tokens: '900', user: 'ann' }, { id: 'amended' })])
  const levels = { subject: 'one' }
  await database.send([
    event('level', '2026-05-30T00:00:00Z', { thirds: '1' }, levels),
    event('level', '2026-05-31T00:00:00Z', { thirds: '7.5' }, levels),
    event('level', '2026-05-31T00:00:00Z', { thirds: '0' }, { subject: 'gone' }),
    event('level', '2026-06-01T10:20:00.000001Z', { thirds: '2' }, levels),
    event('level', '2026-06-01T10:59:00Z', { thirds: '4' }, { subject: 'two' }),
  ])
  await database.settle('2026-06-03T11:02:00Z')
  await database.send([event('prompt', '2026-06-01T10:50:00Z', { tokens: '0.25', user: 'eve' })])
  await database.act('amend', [
    { id: 'amended', event: event('prompt', '2026-06-01T10:40:00Z', { tokens: '9', user: 'ann' }, { id: 'amended' }) },
  ])
  await database.settle('2026-06-03T12:02:00Z')
})
afterAll(() => database.drop())

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : 1)
const entriesOf = async (capability: string) =>
  (await database.entries()).filter((entry) => entry.capability === capability)
const bundleOf = (...sequences: bigint[]) =>
  exportEvidence(
    { pool: database.pool, clickhouse: database.clickhouse, now: () => 1_791_000_000_000_000n },
    { space, sequences },
  )

/** `meterbook verify FILE` in a process that knows of no store. */
async function verifyFile(bundle: Uint8Array): Promise<{ code: number; stdout: string }> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-evidence-'))
  const file = path.join(home, 'bundle.zip')
  fs.writeFileSync(file, bundle)
  const main = path.resolve(import.meta.dirname, '..', 'operator', 'main.ts')
  const env = { PATH: process.env.PATH, METERBOOK_HOME: home }
  try {
    return await new Promise((resolve) => {
      execFile(process.execPath, [main, 'verify', file], { env }, (error, stdout) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout }),
      )
    })
  } finally {
    fs.rmSync(home, { recursive: true })
  }
}

const textsOf = (bundle: Uint8Array) => Object.fromEntries(unzipTexts(bundle) ?? [])

/** The bundle with one of its files changed; with `isCovered`, its manifest says the new digest. */
function changed(bundle: Uint8Array, name: string, change: (text: string) => string, isCovered: boolean): Uint8Array {
  const texts = textsOf(bundle)
  const text = change(texts[name] ?? '')
  expect(text).not.toBe(texts[name])
  const manifest = JSON.parse(texts['manifest.json'] ?? '')
  if (isCovered) manifest.files[name] = sha256(text)
  return zipTexts({ ...texts, [name]: text, 'manifest.json': JSON.stringify(manifest) })
}

describe('the evidence of a charge', () => {
  test('follows from its events, offline, for sums and counts, first entries and adjustments', async () => {
    const tokens = await entriesOf('tokens')
    expect(tokens.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ['usage', '1100'],
      ['adjustment', '-890.75'],
    ])
    const counts = await entriesOf('requests')
    const found = []
    for (const { sequence } of [...tokens, ...counts]) found.push(verify(await bundleOf(sequence)))
    expect(found.map(({ fault, events, entries }) => [fault, events, entries[0]?.amount])).toEqual([
      [null, 3, tokens[0]?.amount],
      [null, 4, tokens[1]?.amount],
      [null, 1, counts[0]?.amount],
    ])
  })

  test('follows from levels too: those sampled in the window, and those that were carried into it', async () => {
    const stored = (await entriesOf('stored')).filter(({ window }) => window.start >= '2026-06-01T08:00:00Z')
    const found = []
    for (const { sequence } of stored) found.push(verify(await bundleOf(sequence)))
    expect(found.map(({ fault }) => fault)).toEqual(stored.map(() => null))
    const last = stored.findIndex(({ window }) => window.start === '2026-06-01T10:00:00Z')
    expect(found[last]).toMatchObject({ events: 3, entries: [{ quantity: stored[last]?.quantity }] })
    expect(found.length).toBeGreaterThan(2)
  })

  test('holds for all entries of a line at once, and one that is not explained is missed', async () => {
    const all = [
      ...(await entriesOf('tokens')),
      ...(await entriesOf('requests')),
      ...(await entriesOf('stored')).slice(-3),
    ]
    const bundle = await bundleOf(...all.map(({ sequence }) => sequence))
    const report = verify(bundle)
    expect(report.fault).toBeNull()
    expect(report.entries.map(({ sequence }) => sequence)).toEqual(all.map(({ sequence }) => sequence).sort(ascending))
    const fewer = (text: string) => JSON.stringify({ ...JSON.parse(text), entries: JSON.parse(text).entries.slice(1) })
    expect(verify(changed(bundle, 'charge.json', fewer, true)).fault).toMatchObject({ where: 'charge.json' })
  })

  test('of a statement’s line has every entry that the line is made of, and no other', async () => {
    await database.owner.query(
      `INSERT INTO statement (id, space_id, period_start, period_end, closed_at, closed_by, currency, exact_total, total, ledger_sequence, lines, checklist)
       VALUES ('2026-06-space', $1, '2026-06-01Z', '2026-07-01Z', now(), 'a', 'USD', 1, 1, 1, '[]', '[]')`,
      [space.id],
    )
    const line = { statement: '2026-06-space', app: database.appId, limit: 10 }
    const found = await listLineEntries(database.pool, { ...line, capabilityKey: 'tokens' })
    expect(found?.space.id).toBe(space.id)
    expect(found?.sequences).toEqual((await entriesOf('tokens')).map(({ sequence }) => sequence))
    expect(
      (await listLineEntries(database.pool, { ...line, app: 'other', capabilityKey: 'tokens' }))?.sequences,
    ).toEqual([])
    expect(await listLineEntries(database.pool, { ...line, statement: 'none', capabilityKey: 'tokens' })).toBeNull()
  })

  test('with one byte of one event changed it fails, and says where', async () => {
    const [first] = await entriesOf('tokens')
    const bundle = await bundleOf(first?.sequence ?? 0n)
    const raise = (text: string) => text.replace('120.5', '120.6')
    const name = 'journal/1.json'
    expect(verify(changed(bundle, name, raise, false)).fault).toMatchObject({ step: 'files', where: name })
    expect(verify(changed(bundle, name, raise, true)).fault).toMatchObject({ step: 'journal', where: name })
    const withDigest = changed(bundle, name, raise, true)
    const digest = sha256(raise(textsOf(bundle)[name] ?? ''))
    const original = sha256(textsOf(bundle)[name] ?? '')
    const sealed = changed(withDigest, 'charge.json', (text) => text.replace(original, digest), true)
    expect(verify(sealed).fault).toMatchObject({ step: 'journal', where: name, found: 'one that is not' })
  })

  test('without one of its events, or with one twice, it does not follow', async () => {
    const [first] = await entriesOf('tokens')
    const bundle = await bundleOf(first?.sequence ?? 0n)
    const charge = (change: (counted: unknown[]) => unknown[]) =>
      changed(
        bundle,
        'charge.json',
        (text) => {
          const { entries, ...rest } = JSON.parse(text)
          return JSON.stringify({ ...rest, entries: [{ ...entries[0], counted: change(entries[0].counted) }] })
        },
        true,
      )
    expect(verify(charge((counted) => counted.slice(1))).fault).toMatchObject({ step: 'rating' })
    expect(verify(charge((counted) => [...counted, counted[0]])).fault).toMatchObject({ step: 'events' })
    const foreign = charge(() => [{ batch: '1', pos: 2, revision: '1', act: null }])
    expect(verify(foreign).fault).toMatchObject({ step: 'events', where: expect.any(String) })
  })

  test('is answered for on the command line, with nothing running', async () => {
    const [first] = await entriesOf('tokens')
    const bundle = await bundleOf(first?.sequence ?? 0n)
    const well = await verifyFile(bundle)
    expect(well.stdout).toContain(`entry ${first?.sequence} of space: ${first?.amount} USD for 1100 unit of tokens`)
    expect(well.stdout.trim().endsWith('this charge follows from these events')).toBe(true)
    expect(well.code).toBe(0)
    const wrong = await verifyFile(changed(bundle, 'journal/1.json', (text) => text.replace('120.5', '120.6'), true))
    expect(wrong.stdout).toContain('journal: journal/1.json: expected digest')
    expect(wrong.stdout).toContain('this charge does not follow from these events')
    expect(wrong.code).toBe(1)
  })

  test('with another price, rule or entry it does not follow', async () => {
    const [first] = await entriesOf('tokens')
    const bundle = await bundleOf(first?.sequence ?? 0n)
    const { prices } = JSON.parse(textsOf(bundle)['charge.json'] ?? '')
    const dearer = (text: string) => text.replace(`"price": "${prices[0].price}"`, '"price": "7777"')
    expect(verify(changed(bundle, 'charge.json', dearer, true)).fault).toMatchObject({ step: 'rating' })
    const catalogue = Object.keys(textsOf(bundle)).find((each) => each.startsWith('catalogue/')) ?? ''
    const otherRule = (text: string) => text.replaceAll('$.tokens', '$.user')
    expect(verify(changed(bundle, catalogue, otherRule, true)).fault).toMatchObject({ step: 'events' })
    const entry = (text: string) => text.replace('\\"amount\\":\\"', '\\"amount\\":\\"1')
    expect(verify(changed(bundle, 'ledger.jsonl', entry, true)).fault).toMatchObject({ step: 'ledger' })
    const seal = (text: string) => text.replace(/root\\":\\"./, 'root\\":\\"x')
    expect(verify(changed(bundle, 'platform.jsonl', seal, true)).fault).toMatchObject({ step: 'platform' })
  })

  test('a head that somebody holds has to be passed through', async () => {
    const [first] = await entriesOf('tokens')
    const bundle = await bundleOf(first?.sequence ?? 0n)
    const [head] = verify(bundle).heads
    expect(verify(bundle, head === undefined ? [] : [head]).fault).toBeNull()
    const other = { spaceId: space.id, sequence: head?.sequence ?? 0n, hash: 'f'.repeat(64) }
    expect(verify(bundle, [other]).fault).toMatchObject({ step: 'ledger' })
  })

  test('what is no bundle is named as that', () => {
    expect(verify(new Uint8Array([1, 2, 3])).fault).toMatchObject({ step: 'files', where: 'the file' })
    expect(verify(zipTexts({ 'a.txt': 'a' })).fault).toMatchObject({ where: 'manifest.json' })
  })
})
