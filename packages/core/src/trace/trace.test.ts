import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  GROUP_STEPS,
  type GroupWay,
  groupSpans,
  ownTraceSpans,
  parseTraceparent,
  requestSpans,
  traceOfPlace,
  wayOf,
  writeTraces,
} from './index.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('a traceparent', () => {
  test('is read as W3C Trace Context has it, and goes on only if its sender keeps it', () => {
    const parsed = { traceId: TRACE, parentId: SPAN }
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...parsed, isSampled: true })
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toEqual({ ...parsed, isSampled: false })
    // Other flags say nothing of sampling; a later version may say more behind it.
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)).toEqual({ ...parsed, isSampled: false })
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-03-what-the-future-will-be-like`)).toEqual({
      ...parsed,
      isSampled: true,
    })
  })

  test.each([
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-1`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('%j is nobody’s', (text) => expect(parseTraceparent(text)).toBeNull())

  test('no text makes it throw, and what is read is written as it was', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseTraceparent(text)
        if (parsed !== null) expect(text).toContain(`-${parsed.traceId}-${parsed.parentId}-`)
      }),
    )
  })
})

describe('the way of an event', () => {
  const at = 1_000_000_000n
  const steps = GROUP_STEPS.map((_, index) => at + BigInt(100 * (index + 2)))

  test('tells every step that was noted, in order, and what each took', () => {
    const way = wayOf({
      receivedAt: at,
      request: { begunAt: at - 50n, journalledAt: at + 60n },
      group: { openedAt: at + 150n, steps, doneAt: at + 1_000n },
    })
    expect(way.map(({ step, tookMicros }) => [step, Number(tookMicros)])).toEqual([
      ['request begun', 0],
      ['received', 50],
      ['journalled', 60],
      ['projection begun', 140],
      ['identities looked up', 100],
      ['attributed and measured', 100],
      ['insert begun', 100],
      ['inserted', 200],
      ['in rollups', 300],
    ])
  })

  test('has what is known of every event where nothing was noted, and never takes less than nothing', () => {
    const bare = wayOf({ receivedAt: at, group: { openedAt: at - 5n, steps: [], doneAt: at + 10n } })
    expect(bare.map(({ step, tookMicros }) => [step, Number(tookMicros)])).toEqual([
      ['received', 0],
      ['projection begun', 0],
      ['in rollups', 15],
    ])
    expect(wayOf({ receivedAt: at, request: null, group: null })).toEqual([{ step: 'received', at, tookMicros: 0n }])
  })

  test('has a trace of its own where nobody brought one: the same each time, another for each place', () => {
    const place = { shard: 1, batch: 2n, pos: 3 }
    expect(traceOfPlace(place)).toMatch(/^[0-9a-f]{32}$/)
    expect(traceOfPlace(place)).toBe(traceOfPlace({ ...place }))
    expect(traceOfPlace({ ...place, pos: 4 })).not.toBe(traceOfPlace(place))
  })
})

describe('spans', () => {
  const at = 1_790_000_000_000_000n
  const group: GroupWay = {
    ...{ shard: 3, first: 10n, last: 12n, events: 7, doneAt: at + 900n },
    steps: [at + 100n, at + 200n, at + 300n, at + 350n, at + 500n, at + 700n],
  }
  const trace = { traceId: TRACE, parentId: SPAN, isSampled: true }
  const rows = [
    { shard: 3, number: 11n, events: 2 },
    { shard: 4, number: 1n, events: 1 },
  ]
  const door = requestSpans({ trace, begunAt: at - 40n, receivedAt: at, journalledAt: at + 20n, rows })
  const worker = groupSpans({ group, row: { traceId: TRACE, number: 11n, journalledAt: at + 20n } })

  test('of door and worker are one tree under the sender’s span, though neither process told the other', () => {
    const spans = [...door, ...worker]
    const ids = new Set(spans.map(({ spanId }) => spanId))
    expect(ids.size).toBe(spans.length)
    expect(spans.filter(({ parentId }) => parentId === SPAN).map(({ name }) => name)).toEqual(['POST /api/v1/events'])
    for (const { traceId, spanId, parentId, start, end } of spans) {
      expect(traceId).toBe(TRACE)
      expect(spanId).toMatch(/^[0-9a-f]{16}$/)
      expect(parentId === SPAN || ids.has(parentId ?? '')).toBe(true)
      expect(end).toBeGreaterThanOrEqual(start)
    }
    expect(worker[0]?.parentId).toBe(door.find(({ name }) => name === 'commit to the journal')?.spanId)
  })

  test('of an event with a trace of its own lead from its receipt to the rollups, and are the same when they are sent again', () => {
    const own = () =>
      ownTraceSpans({
        group,
        trace,
        place: { batch: 11n, pos: 1 },
        receivedAt: at,
        attributes: { 'meterbook.verdict': 'counted' },
      })
    expect(own()).toEqual(own())
    const [event, ...parts] = own()
    expect(event).toMatchObject({ parentId: SPAN, start: at, end: group.doneAt })
    expect(parts.map(({ name }) => name)).toEqual([
      'wait',
      'look up identities',
      'attribute and measure',
      'wait for the group before',
      'write the event index',
      'write usage and rollups',
      'make visible',
    ])
    for (const { parentId } of parts) expect(parentId).toBe(event?.spanId)
  })

  test('are written as OTLP in JSON wants them: hex, and numbers that a double may not hold as texts', () => {
    const written = JSON.parse(writeTraces({ resource: { 'service.name': 'meterbook-web' }, spans: door }))
    const [{ resource, scopeSpans }] = written.resourceSpans
    expect(resource.attributes).toEqual([{ key: 'service.name', value: { stringValue: 'meterbook-web' } }])
    expect(scopeSpans[0].spans[0]).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      name: 'POST /api/v1/events',
      kind: 2,
      startTimeUnixNano: '1789999999999960000',
      endTimeUnixNano: '1790000000000020000',
    })
    expect(scopeSpans[0].spans[0].attributes).toContainEqual({ key: 'meterbook.events', value: { intValue: '3' } })
  })
})
