import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDecimals, compareDecimals } from '../kernel/index.ts'
import { type ProjectedEvent, projectGroup } from '../projection/index.ts'
import { identified, instant, testProjector } from '../projection/test-journal.ts'
import { compareEvents, type IndexedEvent } from './compare-events.ts'
import { compareRecords, type RecordedUsage } from './compare-records.ts'
import { compareRollups, type RollupCell } from './compare-rollups.ts'
import type { Difference } from './difference.ts'
import { sameDifferences } from './same-differences.ts'
import { type GroupRange, Tally } from './tally.ts'

const GROUPS: (GroupRange & { catalogueRevision: bigint })[] = [
  { shard: 0, first: 1n, last: 4n, catalogueRevision: 7n },
  { shard: 0, first: 5n, last: 9n, catalogueRevision: 7n },
]
const groupOf = (batch: bigint) => GROUPS.find(({ last }) => batch <= last) ?? GROUPS[0]!

/** A journal of prompts with repeats, as projected: what must be found. */
const journal = fc
  .array(fc.record({ id: fc.nat(12), tokens: fc.integer({ min: -5, max: 5 }), hours: fc.nat(2) }), {
    minLength: 1,
    maxLength: 30,
  })
  .map((sent) =>
    projectGroup({
      events: sent.map(({ id, tokens, hours }, index) =>
        identified({
          batch: BigInt(1 + Math.floor(index / 4)),
          pos: index % 4,
          id: String(id),
          type: 'prompt',
          time: instant(`2026-07-01T1${hours}:30:00Z`),
          data: { tokens, user: `u${id}`, model: 'm' },
        }),
      ),
      seen: new Map(),
      projector: testProjector(),
    }),
  )

function indexed({ source, at, spaceId, verdict, reason, original }: ProjectedEvent): IndexedEvent {
  const { batch, pos, identity, digest, appId, receivedAt, event } = source
  return {
    ...{ batch, pos, identity, digest, appId, receivedAt, at, spaceId, verdict, reason },
    ...{ source: event.source, eventId: event.id, type: event.type, subject: event.subject ?? '' },
    ...{ environment: event.environment, installation: event.installation ?? '' },
    ...{ originalBatch: original?.batch ?? 0n, originalPos: original?.pos ?? 0 },
  }
}

function recorded({ source, at, spaceId, records }: ProjectedEvent): RecordedUsage[] {
  const { batch, pos, identity, appId, receivedAt, event } = source
  return records.map((record) => ({
    ...{ batch, pos, identity, appId, receivedAt, at, spaceId, ...record, catalogueRevision: 7n },
    ...{ environment: event.environment, installation: '', subject: event.subject ?? '' },
  }))
}

function compare(expected: readonly ProjectedEvent[], rows: IndexedEvent[], records: RecordedUsage[]): Difference[] {
  const tally = new Tally()
  compareEvents({ groupOf, expected, found: rows, tally })
  compareRecords({ groupOf, expected, found: records, tally })
  return tally.differences()
}

describe('the journal against what was made of it', () => {
  test('differs in nothing when nothing differs, in whatever order the rows are read', () => {
    fc.assert(
      fc.property(journal, (events) => {
        const records = events.flatMap(recorded).reverse()
        expect(compare(events, events.map(indexed).reverse(), records)).toEqual([])
      }),
    )
  })

  test('compared in pieces says what it says compared at once', () => {
    fc.assert(
      fc.property(journal, fc.nat(30), fc.nat(30), (events, at, lost) => {
        const rows = events.map(indexed)
        const records = events.flatMap(recorded)
        records.splice(lost % Math.max(records.length, 1), 1)
        const tally = new Tally()
        for (const isFirst of [true, false]) {
          const isIn = (batch: bigint) => batch <= BigInt(at % 9) === isFirst
          const expected = events.filter(({ source }) => isIn(source.batch))
          compareEvents({ groupOf, expected, found: rows.filter(({ batch }) => isIn(batch)), tally })
          compareRecords({ groupOf, expected, found: records.filter(({ batch }) => isIn(batch)), tally })
        }
        expect(tally.differences()).toEqual(compare(events, rows, records))
      }),
    )
  })

  test('any one record lost, doubled or changed is found, in its group and hour, and its size is exact', () => {
    fc.assert(
      fc.property(journal, fc.nat(), fc.constantFrom('lose', 'double', 'change'), (events, pick, act) => {
        const records = events.flatMap(recorded)
        const index = pick % Math.max(records.length, 1)
        const record = records[index]
        fc.pre(record !== undefined)
        if (record === undefined) return
        if (act === 'lose') records.splice(index, 1)
        else if (act === 'double') records.push(record)
        else records[index] = { ...record, quantity: record.quantity + 1n }
        const found = compare(events, events.map(indexed), records)
        const { first, last } = groupOf(record.batch)
        for (const each of found) {
          expect(each).toMatchObject({ what: 'usage_records', shard: 0, first, last, meter: record.meter })
          expect(each.hour).toBe(record.at - (record.at % 3_600_000_000n))
          expect(addDecimals(each.expected, each.difference)).toBe(each.found)
          expect(each.positions).toEqual([`${record.batch}:${record.pos}`])
        }
        const sizes = Object.fromEntries(found.map(({ figure, difference }) => [figure, difference]))
        if (act === 'change') expect(sizes).toEqual({ sum: '0.000000000000000000000000000001' })
        else {
          expect(sizes.count).toBe(act === 'lose' ? '-1' : '1')
          expect(sizes.altered).toBeUndefined()
        }
      }),
    )
  })

  test('any column of a record that is another is found, though count and sum agree', () => {
    fc.assert(
      fc.property(
        journal,
        fc.nat(),
        fc.constantFrom<Partial<RecordedUsage>>(
          { subject: 'x' },
          { uniqueValue: 'x' },
          { spaceId: 'x' },
          { environment: 'x' },
          { installation: 'x' },
          { isExempt: true },
          { entitlementId: 'x' },
          { identity: '00' },
          { receivedAt: 1n },
          { catalogueRevision: 8n },
          { dimensions: [['model', 'x']] },
          {
            dimensions: [
              ['model', 'm'],
              ['more', ''],
            ],
          },
        ),
        (events, pick, change) => {
          const records = events.flatMap(recorded)
          const index = pick % Math.max(records.length, 1)
          fc.pre(records[index] !== undefined)
          records[index] = { ...records[index]!, ...change }
          const found = compare(events, events.map(indexed), records)
          expect(found).toMatchObject([{ figure: 'altered', difference: '-1' }])
        },
      ),
    )
  })

  test('any one event without its row, with two, or with a row of another is found and named', () => {
    fc.assert(
      fc.property(
        journal,
        fc.nat(),
        fc.constantFrom('missing', 'repeated', 'altered', 'verdict', 'original'),
        (events, pick, figure) => {
          const rows = events.map(indexed)
          const index = pick % rows.length
          const row = rows[index]!
          if (figure === 'missing') rows.splice(index, 1)
          else if (figure === 'repeated') rows.push(row)
          else if (figure === 'altered') rows[index] = { ...row, digest: 'x' }
          else if (figure === 'verdict') rows[index] = { ...row, verdict: 'unheard of' }
          else rows[index] = { ...row, originalPos: row.originalPos + 1 }
          const found = compare(events, rows, events.flatMap(recorded))
          const { first, last } = groupOf(row.batch)
          expect(found).toMatchObject([{ what: 'event_index', figure, first, last, appId: 'app' }])
          expect(found[0]?.difference).toBe(figure === 'repeated' ? '1' : '-1')
          expect(found[0]?.positions).toEqual([`${row.batch}:${row.pos}`])
        },
      ),
    )
  })

  test('a row of an event that the journal does not have is unknown', () => {
    fc.assert(
      fc.property(journal, (events) => {
        const row = { ...indexed(events[0]!), pos: 9_999, appId: 'another' }
        const found = compare(events, [...events.map(indexed), row], events.flatMap(recorded))
        expect(found).toMatchObject([
          { figure: 'unknown', appId: 'another', expected: '0', found: '1', difference: '1' },
        ])
      }),
    )
  })
})

const cell = fc.record({
  count: fc.bigInt({ min: 1n, max: 99n }),
  sum: fc.bigInt({ min: -(10n ** 35n), max: 10n ** 35n }),
  reversals: fc.constant(0n),
  minimum: fc.bigInt({ min: -99n, max: 0n }),
  maximum: fc.bigInt({ min: 0n, max: 99n }),
  distinct: fc.bigInt({ min: 0n, max: 9n }),
  spaceId: fc.constantFrom('s', 't'),
  appId: fc.constant('a'),
  meter: fc.constantFrom('tokens', 'users'),
  meterVersion: fc.constantFrom(1, 2),
  environment: fc.constantFrom('production', 'production 1'),
  isExempt: fc.boolean(),
  hour: fc.constantFrom(0n, 3_600_000_000n),
})
const keyOf = ({ spaceId, meter, meterVersion, environment, isExempt, hour }: RollupCell) =>
  JSON.stringify([spaceId, meter, meterVersion, environment, isExempt, String(hour)])
const cells = fc.uniqueArray(cell, { selector: keyOf, minLength: 1, maxLength: 12 })

describe('rollups against the usage records they were made of', () => {
  test('any one figure that is another is found in its table and hour, and its size is exact', () => {
    fc.assert(
      fc.property(
        cells,
        fc.nat(),
        fc.constantFrom('count', 'sum', 'minimum', 'maximum', 'distinct', 'reversals'),
        (records, pick, figure) => {
          const index = pick % records.length
          const rollup_hour = records.map((each, at) =>
            at === index ? { ...each, [figure]: each[figure] + 1n } : each,
          )
          const { differences, undecided } = compareRollups({
            records,
            rollups: { rollup_minute: records, rollup_hour },
            inFlight: [],
          })
          expect(undecided).toBe(0)
          const { hour, meter, spaceId } = records[index]!
          expect(differences).toMatchObject([{ what: 'rollup_hour', figure, hour, meter, spaceId, shard: null }])
          expect(compareDecimals(differences[0]!.difference, '0')).toBe(1)
        },
      ),
    )
  })

  test('a cell that is not there at all is missed whole; one that no record made is too many', () => {
    fc.assert(
      fc.property(cells, (records) => {
        const [first, ...rest] = records
        const missed = compareRollups({ records, rollups: { rollup_minute: rest, rollup_hour: records }, inFlight: [] })
        expect(missed.differences.find(({ figure }) => figure === 'count')).toMatchObject({
          what: 'rollup_minute',
          expected: first!.count.toString(),
          found: '0',
        })
        const surplus = compareRollups({
          records: rest,
          rollups: { rollup_minute: records, rollup_hour: rest },
          inFlight: [],
        })
        expect(surplus.differences.find(({ figure }) => figure === 'count')?.difference).toBe(first!.count.toString())
      }),
    )
  })

  test('what groups in flight explain is no difference, and what they do not explain is one', () => {
    fc.assert(
      fc.property(cells, cell, (records, adds) => {
        const [first] = records
        const contribution = { count: adds.count, sum: adds.sum, reversals: 0n }
        const inFlight = [{ cell: first!, contribution }]
        const plus = (by: bigint) =>
          records.map((each) =>
            each === first ? { ...each, count: each.count + adds.count + by, sum: each.sum + adds.sum } : each,
          )
        const rollups = { rollup_minute: plus(0n), rollup_hour: records }
        expect(compareRollups({ records, rollups, inFlight })).toEqual({ differences: [], undecided: 0 })
        const wrong = compareRollups({ records, rollups: { rollup_minute: plus(1n), rollup_hour: records }, inFlight })
        expect(wrong.differences.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('a second look', () => {
  test('confirms what it finds again with the same size, and nothing else', () => {
    const records = recordedDifferences(['1', '2', '3'])
    const again = recordedDifferences(['1', '5'])
    expect(sameDifferences(records, again).map(({ difference }) => difference)).toEqual(['1'])
    expect(sameDifferences([], again)).toEqual([])
  })
})

/** One difference for each size, each in an hour of its own. */
function recordedDifferences(sizes: readonly string[]): Difference[] {
  return sizes.map((difference, index) => ({
    ...{ what: 'rollup_hour', figure: 'count', shard: null, first: null, last: null, appId: 'a', meter: 'm' },
    ...{ meterVersion: 1, hour: BigInt(index), spaceId: 's', environment: 'e', isExempt: false },
    ...{ expected: '0', found: difference, difference, positions: [] },
  }))
}
