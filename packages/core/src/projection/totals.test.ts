import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredCatalogue } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { AGGREGATIONS, fromScaled, type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import { foldUsage, integrateLevels, windowsBetween } from '../window/index.ts'
import { type ProjectedEvent, projectGroup, type SeenEvent } from './project-group.ts'
import { CATALOGUE, identified, instant, testProjector } from './test-journal.ts'

const FROM = instant('2026-06-30T00:00:00Z')
const TO = instant('2026-07-02T00:00:00Z')
/** Every meter changes its divisor here, in the middle of it all, and the app its space. */
const CHANGE = instant('2026-07-01T00:00:00Z')
const DIVISORS = ['1024', '3'] as const
const WINDOWS = windowsBetween(FROM, TO, 'hour', 'Asia/Kathmandu')

const SINCE = { from: '2020-01-01T00:00:00Z', to: null }
const facts: Partial<StoredCatalogue> = {
  meters: AGGREGATIONS.map((aggregation) => ({
    id: aggregation,
    slug: aggregation,
    capabilityKey: aggregation,
    versions: DIVISORS.map((divisor, index) => ({
      version: index + 1,
      from: index === 0 ? SINCE.from : '2026-07-01T00:00:00Z',
      eventType: 'prompt',
      aggregation,
      value: aggregation === 'COUNT' ? null : { path: aggregation === 'UNIQUE_COUNT' ? '$.user' : '$.tokens' },
      divisor,
      groupBy: {},
      subjectRequired: false,
    })),
  })),
  entitlements: AGGREGATIONS.flatMap((capabilityKey) =>
    ['first', 'second'].map((space) => ({
      id: `${capabilityKey} ${space}`,
      subscriptionId: `of-${space}`,
      appId: 'app',
      capabilityKey,
      ...SINCE,
    })),
  ),
}
const projector = testProjector({ ...CATALOGUE, ...facts })

/** One event that somebody means to be counted once. */
type Sent = Pick<UsageEvent, 'id' | 'type' | 'subject' | 'data'> & { time: Instant }

const moments = fc.bigInt({ min: FROM, max: TO - 1n })
const sentAt = (times: fc.Arbitrary<Instant[]>): fc.Arbitrary<Sent[]> =>
  times.chain((drawn) =>
    fc.tuple(
      ...drawn.map((time, index) =>
        fc.record({
          id: fc.constant(`event-${index}`),
          // the third has no meter, and is held
          type: fc.constantFrom('prompt', 'prompt', 'unheard-of'),
          subject: fc.constantFrom('ann', 'bob'),
          data: fc.record({
            tokens: fc.constantFrom(
              '7',
              '-3',
              '0',
              '0.000000000000000000000000000001',
              '999999999999999999999999999999',
              'none',
            ),
            user: fc.constantFrom('u1', 'u2', 'u3'),
          }),
          time: fc.constant(time),
        }),
      ),
    ),
  )
/** No two at one instant: which of two is the later then depends on nothing but their times. */
const apart = sentAt(fc.uniqueArray(moments, { maxLength: 25, size: 'max' }))
const tied = sentAt(fc.array(fc.constantFrom(FROM, CHANGE - 1n, CHANGE, CHANGE + 1n), { maxLength: 25, size: 'max' }))

/** How events come: in which order, how often each, and where the journal is cut into requests and groups. */
const deliveries = fc.record({
  order: fc.array(fc.nat(10_000), { minLength: 25, maxLength: 25 }),
  again: fc.array(fc.nat(10_000), { maxLength: 25, size: 'max' }),
  cuts: fc.array(fc.nat(4), { minLength: 60, maxLength: 60 }),
})
type Delivery = { order: number[]; again: number[]; cuts: number[] }

function shuffled<T>(list: readonly T[], order: readonly number[]): T[] {
  return list
    .map((item, index) => ({ item, key: order[index % order.length] ?? 0, index }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map(({ item }) => item)
}

/** Every event at least once; what is sent again comes somewhere after it was sent first. */
function arrivalsOf(events: readonly Sent[], { order, again }: Delivery, resend = (event: Sent) => event): Sent[] {
  const arrivals = shuffled(events, order)
  for (const [index, draw] of again.entries()) {
    if (arrivals.length === 0) break
    const from = draw % arrivals.length
    const repeated = resend(arrivals[from] as Sent)
    arrivals.splice(from + 1 + ((draw * 7 + index) % (arrivals.length - from)), 0, repeated)
  }
  return arrivals
}

/** Through the projection, group by group, as the workers do it: what earlier groups saw is told, what this one sees is not. */
function projected(arrivals: readonly Sent[], cuts: readonly number[]): ProjectedEvent[] {
  const seen = new Map<string, SeenEvent>()
  const all: ProjectedEvent[] = []
  let [batch, pos] = [1n, 0]
  let group: ReturnType<typeof identified>[] = []
  const close = () => {
    const done = projectGroup({ events: group, seen: new Map(seen), projector })
    for (const { source, original } of done) {
      if (original === null) seen.set(source.identity, { digest: source.digest, batch: source.batch, pos: source.pos })
    }
    all.push(...done)
    group = []
  }
  for (const [index, event] of arrivals.entries()) {
    const cut = cuts[index % cuts.length] ?? 0
    if (cut > 1) [batch, pos] = [batch + 1n, 0]
    if (cut > 2) close()
    group.push(identified({ ...event, batch, pos: pos++, receivedAt: TO }))
  }
  close()
  return all
}

/** Every aggregation, by hour and over the whole, in all that was counted; and how many events each verdict had, duplicates apart. */
function totalsOf(events: readonly ProjectedEvent[]) {
  const held = events.filter(({ verdict }) => verdict === 'quarantined').map(({ source }) => source.event.id)
  const figures = AGGREGATIONS.map((aggregation) => {
    const records = events.flatMap((event) =>
      event.records
        .filter(({ meter }) => meter === aggregation)
        .map((record) => ({
          group: event.spaceId,
          at: event.at,
          order: [event.source.batch, BigInt(event.source.pos)],
          quantity: fromScaled(record.quantity, QUANTITY_SCALE),
          divisor: DIVISORS[record.meterVersion - 1] ?? '1',
          uniqueValue: record.uniqueValue,
          series: event.source.event.subject ?? '',
        })),
    )
    return [WINDOWS, [{ start: FROM, end: TO }]].map((windows) =>
      aggregation === 'TIME_WEIGHTED'
        ? integrateLevels(
            records.map((record) => ({ ...record, level: record.quantity })),
            { from: FROM, to: TO, through: TO, windows },
          )
        : foldUsage({ aggregation, percentile: '0.9' }, records, windows),
    )
  })
  return { figures, held: held.sort() }
}

const ONE_BY_ONE: Delivery = { order: [0], again: [], cuts: [0] }

describe('every total', () => {
  it('is the same in whatever order events arrive, however often each, and however they are cut into requests and groups', () => {
    fc.assert(
      fc.property(apart, deliveries, (sent, delivery) => {
        const arrivals = arrivalsOf(sent, delivery)
        expect(arrivals).toHaveLength(sent.length + (sent.length > 0 ? delivery.again.length : 0))
        const plain = totalsOf(projected(arrivalsOf(sent, ONE_BY_ONE), ONE_BY_ONE.cuts))
        expect(totalsOf(projected(arrivals, delivery.cuts))).toEqual(plain)
      }),
      { numRuns: 150 },
    )
  })

  it('of events at one instant goes by the journal, and not by where it was cut', () => {
    fc.assert(
      fc.property(tied, deliveries, (sent, { again, cuts }) => {
        const arrivals = arrivalsOf(sent, { ...ONE_BY_ONE, again })
        const plain = totalsOf(projected(sent, [0]))
        expect(totalsOf(projected(arrivals, [0]))).toEqual(plain)
        const recut = projected(arrivals, cuts)
        expect(recut.map(({ verdict }) => verdict)).toEqual(projected(arrivals, [0]).map(({ verdict }) => verdict))
        expect(totalsOf(recut)).toEqual(plain)
      }),
      { numRuns: 100 },
    )
  })

  it('is not moved by a retry that fills in another time: the first one stands', () => {
    fc.assert(
      fc.property(apart, deliveries, moments, (sent, delivery, time) => {
        const resent = arrivalsOf(sent, delivery, (event) => ({ ...event, time }))
        const once = arrivalsOf(sent, { ...delivery, again: [] })
        const projectedAgain = projected(resent, delivery.cuts)
        expect(projectedAgain.some(({ verdict }) => verdict === 'conflict')).toBe(false)
        expect(totalsOf(projectedAgain)).toEqual(totalsOf(projected(once, [0])))
      }),
      { numRuns: 100 },
    )
  })
})
