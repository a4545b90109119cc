import { createHash } from 'node:crypto'
import { readCsv } from '@meterbook/core/csv'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSpaceAccess } from '../portal/stores.ts'
import { type CallerTestDatabase, createCallerTestDatabase, prompt } from '../trpc/caller-on-test-database.ts'
import { exportUsage, UsageFile, UsageFileRefused } from './export-usage.ts'

const NOW = BigInt(Date.parse('2026-09-01T00:00:00Z')) * 1000n

let database: CallerTestDatabase
let access: SpaceAccess
beforeAll(async () => {
  database = await createCallerTestDatabase()
  const at = (time: string) => ({ time })
  await database.taken(
    'one',
    prompt('a', { tokens: '0.1' }, at('2026-07-01T22:30:00Z')),
    prompt('b', { tokens: '0.2' }, at('2026-07-01T23:30:00Z')),
    prompt('=HYPERLINK("x")', { tokens: '5' }, at('2026-07-03T12:00:00Z')),
  )
  await database.taken('two', prompt('d', { tokens: '7' }, at('2026-07-01T23:45:00Z')))
  await database.taken('far', prompt('e', { tokens: '9' }, at('2026-07-01T23:45:00Z')))
  const person = await database.personOf({ space: 'ours', role: 'viewer' })
  const found = await findSpaceAccess({ person, spaceSlug: 'ours' })
  if (found === null) throw new Error('expected access')
  access = found
})
afterAll(() => database.drop())

async function fileOf(asked: Partial<UsageFile>) {
  const input = UsageFile.parse({ from: '2026-07-01', to: '2026-07-04', meter: 'tokens', ...asked })
  const { stream, fileName } = await exportUsage({ access, asked: input, now: NOW })
  const parts: Uint8Array[] = []
  for await (const part of stream.bytes) parts.push(part)
  return { bytes: Buffer.concat(parts), manifest: stream.manifest(), fileName }
}

describe('usage as a file', () => {
  it('has a row for each app and day of the zone, exact, of its own space only, and says what it has', async () => {
    const { bytes, manifest, fileName } = await fileOf({ tz: 'Europe/Berlin' })
    const [header = [], ...rows] = readCsv(bytes.toString())
    const column = (name: string) => rows.map((row) => row[header.indexOf(name)])
    expect(column('app')).toEqual(['one', 'two', 'one'])
    expect(column('quantity')).toEqual(['0.3', '7', '5'])
    expect(column('window_start')).toEqual(['2026-07-01T22:00:00Z', '2026-07-01T22:00:00Z', '2026-07-02T22:00:00Z'])
    expect(new Set(column('x_bucket_state'))).toEqual(new Set(['final']))
    expect(manifest).toMatchObject({ rows: 3, bytes: bytes.length, ledgerSequence: '0' })
    expect(manifest.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(fileName).toBe('ours-usage-tokens-2026-07-01-2026-07-04-day.csv')
  })

  it('says the same as lines of JSON, hour by hour', async () => {
    const { bytes } = await fileOf({ format: 'ndjson', window: 'hour', tz: 'UTC' })
    const rows = bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(rows.map(({ app, quantity, window_start }) => [app, quantity, window_start])).toEqual([
      ['one', '0.1', '2026-07-01T22:00:00Z'],
      ['one', '0.2', '2026-07-01T23:00:00Z'],
      ['two', '7', '2026-07-01T23:00:00Z'],
      ['one', '5', '2026-07-03T12:00:00Z'],
    ])
  })

  it('is refused for a zone, a meter or a range that is none', async () => {
    for (const asked of [{ tz: 'Mars/Olympus' }, { meter: 'nothing' }, { to: '2026-07-01' }, { to: '2029-07-01' }]) {
      await expect(fileOf(asked)).rejects.toThrow(UsageFileRefused)
    }
  })
})
