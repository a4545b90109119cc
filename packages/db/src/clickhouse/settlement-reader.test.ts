import { addDecimals, compareDecimals, multiplyDecimals, subtractDecimals } from '@meterbook/core/kernel'
import { integrateLevels, type LevelSample, type Window } from '@meterbook/core/window'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeasuredPiece, readFirstUsageHour, readMeasuredSums } from './settlement-reader.ts'
import { readMeasuredLevels } from './settlement-reader-levels.ts'
import { listTouchedLevels, listTouchedSums, type TouchedHour } from './settlement-reader-touched.ts'
import { openUsageDatabase, type TestRecord, type UsageDatabase } from './usage-test-database.ts'
import { acts, BASE, type Drawn, drawnRecords, MINUTE, recordOf } from './usage-test-draws.ts'
import { historyOf } from './usage-test-history.ts'

const HOUR = 60n * MINUTE
const HOURS = 56n
const APPS = ['app-a', 'app-b']
const cells = (from: bigint, hours: bigint) =>
  APPS.flatMap((appId) =>
    Array.from({ length: Number(hours) }, (_, index) => ({ appId, hour: from + BigInt(index) * HOUR })),
  )
const ALL = cells(BASE, HOURS)

let database: UsageDatabase
beforeAll(async () => {
  database = await openUsageDatabase()
})
afterAll(() => database.close())

/** The journal number that recorded a row. */
const recorder = (row: TestRecord) => (row.sign === -1 ? row.act!.batch : (row.entry?.batch ?? row.batch ?? 0))
const placeOf = (row: TestRecord) => `${row.entry?.batch ?? row.batch} ${row.entry?.pos ?? row.pos}`

/** What is in force at a position, found by looking at every row. */
function inForceAt(rows: readonly TestRecord[], through: bigint): TestRecord[] {
  const seen = rows.filter((row) => BigInt(recorder(row)) <= through)
  const reversed = new Set(seen.filter((row) => row.sign === -1).map(placeOf))
  return seen.filter((row) => row.sign !== -1 && !reversed.has(placeOf(row)))
}

function windowsOf(cuts: readonly bigint[]): Window[] {
  const edges = [
    ...new Set([...Array.from({ length: Number(HOURS) + 1 }, (_, hour) => BASE + BigInt(hour) * HOUR), ...cuts]),
  ]
  const sorted = edges.filter((edge) => edge >= BASE && edge <= BASE + HOURS * HOUR).sort((a, b) => Number(a - b))
  return sorted.slice(0, -1).map((start, index) => ({ start, end: sorted[index + 1]! }))
}

/** A history of one shard in which every event has a journal number of its own and acts come after them. */
function drawHistory(
  drawn: readonly Drawn[],
  done: Parameters<typeof historyOf<Drawn>>[1],
  meter: string,
  shard: number,
) {
  return historyOf(drawn, done, (record, pos) => ({
    ...recordOf(record, meter),
    shard,
    batch: pos + 1,
    pos: 0,
    environment: record.model === 'claude' ? 'staging' : 'production',
  })).rows
}

const cutsDrawn = fc
  .array(fc.bigInt({ min: 0n, max: HOURS * HOUR }), { maxLength: 4 })
  .map((offsets) => offsets.map((offset) => BASE + offset).sort((a, b) => Number(a - b)))
const positions = fc.bigInt({ min: 0n, max: 1020n }).map((drawn) => (drawn > 70n && drawn < 990n ? 70n : drawn))
let shards = 0
const newShard = () => ++shards

const ordered = (
  pieces: readonly Pick<MeasuredPiece, 'appId' | 'start' | 'environment' | 'meterVersion' | 'total'>[],
) =>
  pieces
    .map(({ appId, start, environment, meterVersion, total }) =>
      [appId, start, environment, meterVersion, total].join(' '),
    )
    .sort()

describe('what settlement reads', () => {
  it('sums are those of the records in force at the position, in hours cut at the instants asked for', async () => {
    await fc.assert(
      fc.asyncProperty(drawnRecords, acts, positions, cutsDrawn, async (drawn, done, through, cuts) => {
        const [shard, meter] = [newShard(), database.newName('sum')]
        const rows = drawHistory(drawn, done, meter, shard)
        await database.insert(rows)
        const found = await readMeasuredSums(database.client, { shard, through, cells: ALL, cuts, meters: [meter] })
        const windows = windowsOf(cuts)
        const expected = new Map<string, { piece: Parameters<typeof ordered>[0][number]; count: number }>()
        for (const row of inForceAt(rows, through)) {
          const window = windows.find(({ start, end }) => row.at >= start && row.at < end)!
          const environment = row.environment ?? 'production'
          const key = [row.app, window.start, environment, row.meterVersion].join(' ')
          const known = expected.get(key) ?? {
            piece: {
              appId: row.app,
              start: window.start,
              environment,
              meterVersion: row.meterVersion ?? 1,
              total: '0',
            },
            count: 0,
          }
          expected.set(key, {
            piece: { ...known.piece, total: addDecimals(known.piece.total, row.quantity ?? '1') },
            count: known.count + 1,
          })
        }
        expect(ordered(found)).toEqual(ordered([...expected.values()].map(({ piece }) => piece)))
        expect(found.reduce((sum, { count }) => sum + Number(count), 0)).toBe(
          [...expected.values()].reduce((sum, { count }) => sum + count, 0),
        )
        for (const { start, end } of found) expect(windows).toContainEqual({ start, end })
      }),
      { numRuns: 25 },
    )
  })

  it('levels are integrated as the plain fold does, of the samples in force at the position, carried in and over cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        drawnRecords,
        acts,
        positions,
        cutsDrawn,
        fc.bigInt({ min: 0n, max: 40n }),
        async (drawn, done, through, cuts, skipped) => {
          const [shard, meter] = [newShard(), database.newName('level')]
          const rows = drawHistory(drawn, done, meter, shard)
          await database.insert(rows)
          const from = BASE + skipped * HOUR
          const found = await readMeasuredLevels(database.client, {
            shard,
            through,
            cells: cells(from, HOURS - skipped),
            cuts,
            meters: [meter],
          })
          expect(ordered(found)).toEqual(ordered(integralsOf(rows, through, cuts).filter(({ start }) => start >= from)))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('no hour changes between two positions without being named as touched, with the acts that did it', async () => {
    await fc.assert(
      fc.asyncProperty(drawnRecords, acts, positions, positions, async (drawn, done, one, other) => {
        const [after, through] = one < other ? [one, other] : [other, one]
        const [shard, meter] = [newShard(), database.newName('touched')]
        const rows = drawHistory(drawn, done, meter, shard)
        await database.insert(rows)
        const before = BASE + 40n * HOUR
        const question = {
          shard,
          after,
          through,
          before,
          meters: [meter],
          acts: [...new Set(rows.map(recorder).filter((number) => number >= 1000))]
            .map(BigInt)
            .filter((number) => number > after && number <= through),
        }
        const isBefore = ({ start }: { start: bigint }) => start < before
        const read = (at: bigint) => ({ shard, through: at, cells: ALL, cuts: [], meters: [meter] })
        const sums = await listTouchedSums(database.client, question)
        const levels = await listTouchedLevels(database.client, question)
        for (const [touched, then, now] of [
          [
            sums,
            await readMeasuredSums(database.client, read(after)),
            await readMeasuredSums(database.client, read(through)),
          ],
          [levels, integralsOf(rows, after, []), integralsOf(rows, through, [])],
        ] as const) {
          const named = new Set(touched.map(({ appId, environment, hour }) => `${appId} ${environment} ${hour}`))
          for (const key of changed(then.filter(isBefore), now.filter(isBefore))) expect([...named]).toContain(key)
          for (const { hour } of touched) expect(hour < before).toBe(true)
        }
        const expectedActs = rows
          .filter((row) => recorder(row) >= 1000 && row.at < before)
          .map(recorder)
          .map(BigInt)
        expect(namedActs(sums)).toEqual(ascending(expectedActs.filter((number) => number > after && number <= through)))
      }),
      { numRuns: 25 },
    )
  })

  it('a late sample touches the hours up to the next sample of its series and no further', async () => {
    const [shard, meter] = [newShard(), database.newName('late')]
    const sample = (hour: bigint, batch: number, subject = 'db'): TestRecord => ({
      ...recordOf({ app: 'app-a', version: 1, at: BASE + hour * HOUR, subject }, meter),
      shard,
      batch,
    })
    await database.insert([
      sample(0n, 1),
      sample(9n, 2),
      sample(2n, 3, 'other'),
      { ...sample(5n, 4), at: BASE + 5n * HOUR + 7n },
    ])
    const question = { shard, after: 3n, through: 4n, before: BASE + 20n * HOUR, meters: [meter], acts: [] }
    const touched = await listTouchedLevels(database.client, question)
    expect(touched.map(({ hour }) => (hour - BASE) / HOUR)).toEqual([5n, 6n, 7n, 8n])
    expect(touched[0]).toMatchObject({ appId: 'app-a', environment: 'production', meter, isLate: true, acts: [] })
    const last = await listTouchedLevels(database.client, { ...question, after: 2n, through: 3n })
    expect(last.map(({ hour }) => (hour - BASE) / HOUR)).toEqual(
      Array.from({ length: 18 }, (_, index) => BigInt(index + 2)),
    )
  })

  it('only the entitlements of what is in force are named, and other shards and meters are not read', async () => {
    const [shard, meter] = [newShard(), database.newName('entitled')]
    await database.insert([recordOf({ app: 'app-a', version: 1, at: BASE }, meter)])
    expect(await readFirstUsageHour(database.client, { shard, through: 9n })).toBeNull()
    const rows = [
      { batch: 1, pos: 0, entry_batch: 1, entry_pos: 0, entitlement: 'old' },
      { batch: 1, pos: 0, entry_batch: 1, entry_pos: 0, entitlement: 'old', sign: -1, act_batch: 5 },
      { batch: 1, pos: 0, entry_batch: 5, entry_pos: 0, entitlement: 'new' },
    ].map((row) => ({
      shard,
      app: 'app-a',
      space: 'space',
      environment: 'p',
      meter,
      meter_version: 1,
      at: Number(BASE),
      quantity: '3',
      ...row,
    }))
    await database.client.insert({ table: 'usage_records', values: rows, format: 'JSONEachRow' })
    const read = async (through: bigint) =>
      (await readMeasuredSums(database.client, { shard, through, cells: ALL, cuts: [], meters: [meter] })).map(
        (piece) => [piece.total, piece.entitlementIds],
      )
    expect(await read(4n)).toEqual([['3', ['old']]])
    expect(await read(5n)).toEqual([['3', ['new']]])
    expect(await readFirstUsageHour(database.client, { shard, through: 1n })).toBe(BASE)
  })
})

function integralsOf(rows: readonly TestRecord[], through: bigint, cuts: readonly bigint[]) {
  const samples = inForceAt(rows, through).map(
    (row): LevelSample => ({
      series: `${row.app} ${row.environment} ${row.subject}`,
      group: `${row.app} ${row.environment} ${row.meterVersion}`,
      at: row.at,
      order: [BigInt(row.batch ?? 0), BigInt(row.pos ?? 0)],
      level: row.quantity ?? '1',
    }),
  )
  const to = BASE + HOURS * HOUR
  return integrateLevels(samples, { from: BASE, to, through: to, windows: windowsOf(cuts) })
    .filter(({ group, window }) => isHeld(samples, group, window))
    .map(({ window, group, levelMicros }) => {
      const [appId = '', environment = '', version = ''] = group.split(' ')
      return { appId, environment, meterVersion: Number(version), start: window.start, total: levelMicros }
    })
}

/** Whether any level of the group other than zero holds for some time in the window: the fold also has rows for samples that hold nothing. */
function isHeld(samples: readonly LevelSample[], group: string, window: Window): boolean {
  const absolute = samples.map((sample) => ({
    ...sample,
    level: sample.group !== group || compareDecimals(sample.level, '0') === 0 ? '0' : '1',
  }))
  const bounds = { from: window.start, to: window.end, through: window.end, windows: [window] }
  return integrateLevels(absolute, bounds).some((row) => row.levelMicros !== '0')
}

/** Keys of hours whose total differs between two readings. */
function changed(then: readonly ChangedPiece[], now: readonly ChangedPiece[]): string[] {
  const totals = new Map<string, string>()
  const add = (piece: ChangedPiece, sign: string) => {
    const key = `${piece.appId} ${piece.environment} ${piece.start} ${piece.meterVersion}`
    totals.set(key, addDecimals(totals.get(key) ?? '0', multiplyDecimals(piece.total, sign)))
  }
  for (const piece of then) add(piece, '-1')
  for (const piece of now) add(piece, '1')
  return [...totals]
    .filter(([, total]) => subtractDecimals(total, '0') !== '0')
    .map(([key]) => key.split(' ').slice(0, 3).join(' '))
}

type ChangedPiece = Pick<MeasuredPiece, 'appId' | 'environment' | 'start' | 'meterVersion' | 'total'>

function namedActs(touched: readonly TouchedHour[]): bigint[] {
  return ascending(touched.flatMap(({ acts: named }) => named))
}

function ascending(numbers: readonly bigint[]): bigint[] {
  return [...new Set(numbers)].sort((a, b) => Number(a - b))
}
