import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../kernel/index.ts'
import { type IdentifiedEvent, type ProjectedEvent, projectGroup, type SeenEvent } from './project-group.ts'
import { identified, instant, RECEIVED_AT, testProjector } from './test-journal.ts'

const projector = testProjector()
const NOTHING: ReadonlyMap<string, SeenEvent> = new Map()
const verdicts = (events: readonly ProjectedEvent[]) =>
  events.map((event) => (event.reason === '' ? event.verdict : `${event.verdict} ${event.reason}`))

const prompt = (pos: number, data: JsonObject | null, id = 'id') =>
  identified({ batch: 1n, pos, id, type: 'prompt', data })

describe('the verdict on an event', () => {
  test('the same content again is a duplicate, also with another time, trace or way of writing its numbers', () => {
    const first = prompt(0, { tokens: 1, user: 'ann' })
    const again = identified({
      batch: 1n,
      pos: 1,
      type: 'prompt',
      data: { user: 'ann', tokens: 1.0 },
      time: instant('2026-06-30T12:00:00Z'),
      extensions: { traceparent: 'x' },
    })
    const [, second] = projectGroup({ events: [first, again], seen: NOTHING, projector })
    expect(second).toMatchObject({ verdict: 'duplicate', original: { batch: 1n, pos: 0 }, records: [], detail: '' })
  })

  test('other content under the same source and id is a conflict, pointing at the first, which stands', () => {
    const events = [
      prompt(0, { tokens: 1, user: 'ann' }),
      prompt(1, { tokens: 2, user: 'ann' }),
      prompt(2, { tokens: 1, user: 'ann' }),
    ]
    const projected = projectGroup({ events, seen: NOTHING, projector })
    expect(verdicts(projected)).toEqual(['counted', 'conflict', 'duplicate'])
    expect(projected[1]).toMatchObject({ original: { batch: 1n, pos: 0 }, records: [], spaceId: 'second' })
    expect(projected[1]?.detail).toMatch(/the first stands/)
  })

  test('the first stands whatever its verdict: a held event is not replaced by one that could be counted', () => {
    const events = [prompt(0, null), prompt(1, { tokens: 1, user: 'ann' }), prompt(2, null)]
    expect(verdicts(projectGroup({ events, seen: NOTHING, projector }))).toEqual([
      'quarantined value_missing',
      'conflict',
      'duplicate',
    ])
  })

  test('an identity from an earlier group is known by it, the same as one from this group', () => {
    const event = prompt(5, { tokens: 1, user: 'ann' })
    const seen = new Map([[event.identity, { digest: event.digest, batch: 1n, pos: 0 }]])
    expect(projectGroup({ events: [event], seen, projector })).toMatchObject([
      { verdict: 'duplicate', original: { batch: 1n, pos: 0 } },
    ])
    const other = new Map([[event.identity, { digest: '0'.repeat(32), batch: 1n, pos: 0 }]])
    expect(verdicts(projectGroup({ events: [event], seen: other, projector }))).toEqual(['conflict'])
  })

  test('the same source and id from another app, or another source with the same id, is another event', () => {
    const events = [
      identified({ batch: 1n, pos: 0 }),
      identified({ batch: 1n, pos: 1, source: '/other' }),
      identified({ batch: 1n, pos: 2, appId: 'free' }),
    ]
    expect(verdicts(projectGroup({ events, seen: NOTHING, projector }))).toEqual([
      'counted',
      'counted',
      'quarantined unattributed',
    ])
  })

  test('an event without a time happened at its receipt, each at its own', () => {
    const receivedAt = RECEIVED_AT + 1n
    const [first, second] = projectGroup({
      events: [identified({ batch: 1n, pos: 0 }), identified({ batch: 1n, pos: 1, id: 'b', receivedAt })],
      seen: NOTHING,
      projector,
    })
    expect([first?.at, second?.at]).toEqual([RECEIVED_AT, receivedAt])
    const time = instant('2026-06-30T23:59:59.999999Z')
    const [timed] = projectGroup({ events: [identified({ batch: 1n, pos: 0, time })], seen: NOTHING, projector })
    expect(timed).toMatchObject({ at: time, spaceId: 'first' })
  })
})

describe('the journal of a shard', () => {
  const drawn = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    source: fc.constantFrom('/x', '/y'),
    appId: fc.constantFrom('app', 'app', 'app', 'free'),
    type: fc.constantFrom('request', 'prompt', 'prompt', 'secret', 'unheard.of'),
    installation: fc.constantFrom(null, 'own-site'),
    time: fc.constantFrom(null, instant('2026-06-30T23:59:59.999999Z'), instant('2026-09-01T00:00:00Z')),
    data: fc.constantFrom<JsonObject | null>(
      null,
      { tokens: 1 },
      { user: 'ann' },
      { tokens: 1, user: 'ann' },
      { tokens: 'x' },
    ),
  })
  const journals = fc
    .array(fc.array(drawn, { maxLength: 6 }), { maxLength: 12 })
    .map((batches) =>
      batches.map((events, index) =>
        events.map((event, pos) => identified({ batch: BigInt(index + 1), pos, ...event })),
      ),
    )

  test('each event ends in exactly one place: counted ones have a record or more, all others none', () => {
    fc.assert(
      fc.property(journals, (batches) => {
        const events = batches.flat()
        const projected = projectGroup({ events, seen: NOTHING, projector })
        expect(projected.map((each) => each.source)).toEqual(events)
        const first = new Map<string, IdentifiedEvent>()
        for (const each of projected) {
          const original = first.get(each.source.identity)
          if (original === undefined) {
            first.set(each.source.identity, each.source)
            expect(each.original).toBeNull()
            expect(each.verdict).toBe(each.records.length > 0 ? 'counted' : 'quarantined')
          } else {
            expect(each.original).toEqual({ digest: original.digest, batch: original.batch, pos: original.pos })
            expect(each.verdict).toBe(original.digest === each.source.digest ? 'duplicate' : 'conflict')
          }
          expect(each.records.length > 0).toBe(each.verdict === 'counted')
          expect(each.reason !== '').toBe(each.verdict === 'quarantined')
          expect(new Set(each.records.map((record) => record.meter)).size).toBe(each.records.length)
          if (each.verdict === 'quarantined') expect(each.detail).not.toBe('')
        }
      }),
    )
  })

  test('however it is cut into groups, the verdicts and records are the same', () => {
    fc.assert(
      fc.property(journals, fc.array(fc.nat(11), { maxLength: 6 }), (batches, cuts) => {
        const whole = projectGroup({ events: batches.flat(), seen: NOTHING, projector })
        expect(projectInGroups(batches, cuts)).toEqual(whole)
      }),
    )
  })

  test('events that are alone with their identity need not be looked for: the verdicts are the same', () => {
    fc.assert(
      fc.property(journals, (batches) => {
        const events = batches.flat()
        const count = new Map<string, number>()
        for (const { identity } of events) count.set(identity, (count.get(identity) ?? 0) + 1)
        const mayRepeat = (index: number) => count.get(events[index]?.identity ?? '') !== 1
        const whole = projectGroup({ events, seen: NOTHING, projector })
        expect(projectGroup({ events, seen: NOTHING, projector, mayRepeat })).toEqual(whole)
      }),
    )
  })

  test('a group computed again, knowing only what came before it, gives the same rows', () => {
    fc.assert(
      fc.property(journals, fc.nat(11), (batches, cut) => {
        const before = projectGroup({ events: batches.slice(0, cut).flat(), seen: NOTHING, projector })
        const input = { events: batches.slice(cut).flat(), seen: claimsOf(before), projector }
        expect(projectGroup(input)).toEqual(projectGroup({ ...input, projector: testProjector() }))
      }),
    )
  })
})

/** As a worker does it: the store knows the groups before the last, the last one's claims are in memory, and both go into `seen`. */
function projectInGroups(batches: readonly IdentifiedEvent[][], cuts: readonly number[]): ProjectedEvent[] {
  const edges = [...new Set([0, ...cuts, batches.length])].filter((cut) => cut <= batches.length).sort((a, b) => a - b)
  const stored = new Map<string, SeenEvent>()
  let inFlight = new Map<string, SeenEvent>()
  const all: ProjectedEvent[] = []
  for (const [index, edge] of edges.entries()) {
    const events = batches.slice(edge, edges[index + 1] ?? batches.length).flat()
    const seen = new Map<string, SeenEvent>()
    for (const { identity } of events) {
      const known = inFlight.get(identity) ?? stored.get(identity)
      if (known) seen.set(identity, known)
    }
    const projected = projectGroup({ events, seen, projector })
    for (const [identity, claim] of inFlight) stored.set(identity, claim)
    inFlight = claimsOf(projected)
    all.push(...projected)
  }
  return all
}

function claimsOf(projected: readonly ProjectedEvent[]): Map<string, SeenEvent> {
  return new Map(
    projected
      .filter((each) => each.verdict === 'counted' || each.verdict === 'quarantined')
      .map(({ source }) => [source.identity, { digest: source.digest, batch: source.batch, pos: source.pos }]),
  )
}
