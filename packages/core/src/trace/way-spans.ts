import { type Instant, sha256 } from '../kernel/index.ts'
import { later } from '../window/index.ts'
import type { Span, SpanAttributes } from './otlp.ts'
import type { TraceContext } from './traceparent.ts'

/** A request that brought a sampled trace. `rows`: what it became in the journal. */
export interface RequestWay {
  trace: TraceContext
  begunAt: Instant
  /** Its body was read. */
  receivedAt: Instant
  journalledAt: Instant
  rows: readonly { shard: number; number: bigint; events: number }[]
}

/** A group that is visible: when it reached each of GROUP_STEPS. */
export interface GroupWay {
  shard: number
  first: bigint
  last: bigint
  events: number
  steps: readonly [
    takenUp: Instant,
    lookedUp: Instant,
    attributed: Instant,
    inserting: Instant,
    index: Instant,
    usage: Instant,
  ]
  doneAt: Instant
}

/** The door's part: the request, its body, and the commit of each journal row. */
export function requestSpans({ trace, begunAt, receivedAt, journalledAt, rows }: RequestWay): Span[] {
  const { traceId, parentId } = trace
  const [first] = rows
  if (first === undefined) return []
  const requestId = spanId(traceId, 'request', first.shard, first.number)
  const events = rows.reduce((sum, row) => sum + row.events, 0)
  const part = (name: string, step: string): Pick<Span, 'traceId' | 'spanId' | 'parentId' | 'name' | 'kind'> => ({
    traceId,
    spanId: spanId(traceId, step, first.shard, first.number),
    parentId: requestId,
    name,
    kind: 'internal',
  })
  return [
    {
      ...{
        traceId,
        spanId: requestId,
        parentId,
        name: 'POST /api/v1/events',
        kind: 'server',
        start: begunAt,
        end: journalledAt,
      },
      attributes: { 'http.request.method': 'POST', 'http.route': '/api/v1/events', 'meterbook.events': events },
    },
    { ...part('read the body', 'body'), start: begunAt, end: receivedAt },
    ...rows.map(
      (row): Span => ({
        ...part('commit to the journal', 'journal'),
        spanId: journalSpanId(traceId, row),
        start: receivedAt,
        end: journalledAt,
        attributes: { ...placeOf(row), 'meterbook.events': row.events },
      }),
    ),
  ]
}

/** The worker's part, for a journal row that a traced request brought: beneath the span of its commit, whichever process wrote that. */
export function groupSpans(input: {
  group: GroupWay
  row: { traceId: string; number: bigint; journalledAt: Instant }
}): Span[] {
  const { group, row } = input
  const { traceId, number, journalledAt } = row
  const place = { shard: group.shard, number }
  const projectId = spanId(traceId, 'project', group.shard, number)
  const named = (step: string) => spanId(traceId, step, group.shard, number)
  return [
    {
      ...{ traceId, spanId: projectId, parentId: journalSpanId(traceId, place), name: 'project', kind: 'consumer' },
      ...{ start: journalledAt, end: group.doneAt, attributes: { ...placeOf(place), ...sizeOf(group) } },
    },
    ...stepSpans(group, { traceId, parentId: projectId, waitsSince: journalledAt, named }),
  ]
}

/**
 * The whole way of one event that brought a sampled trace of its own (the CloudEvents extension `traceparent`), which may be another than that of the
 * request that it came with.
 */
export function ownTraceSpans(input: {
  group: GroupWay
  trace: TraceContext
  place: { batch: bigint; pos: number }
  receivedAt: Instant
  attributes: SpanAttributes
}): Span[] {
  const { group, trace, place, receivedAt, attributes } = input
  const { traceId, parentId } = trace
  const { shard } = group
  const named = (step: string) => spanId(traceId, step, shard, place.batch, place.pos)
  const eventId = named('event')
  const row = { shard, number: place.batch }
  return [
    {
      ...{
        traceId,
        spanId: eventId,
        parentId,
        name: 'usage event',
        kind: 'consumer',
        start: receivedAt,
        end: group.doneAt,
      },
      attributes: { ...placeOf(row), 'meterbook.journal.position': place.pos, ...sizeOf(group), ...attributes },
    },
    ...stepSpans(group, { traceId, parentId: eventId, waitsSince: receivedAt, named }),
  ]
}

function stepSpans(
  { steps, doneAt }: GroupWay,
  way: { traceId: string; parentId: string; waitsSince: Instant; named: (step: string) => string },
): Span[] {
  const { traceId, parentId, waitsSince, named } = way
  const [takenUp, lookedUp, attributed, inserting, index, usage] = steps
  const span = (step: string, start: Instant, end: Instant): Span => ({
    ...{ traceId, spanId: named(step), parentId, name: step, kind: 'internal', start, end },
  })
  const inserted = later(index, usage)
  return [
    span('wait', waitsSince, takenUp),
    span('look up identities', takenUp, lookedUp),
    span('attribute and measure', lookedUp, attributed),
    span('wait for the group before', attributed, inserting),
    span('write the event index', inserting, index),
    span('write usage and rollups', inserting, usage),
    span('make visible', inserted, doneAt),
  ]
}

function journalSpanId(traceId: string, { shard, number }: { shard: number; number: bigint }): string {
  return spanId(traceId, 'journal', shard, number)
}

/** Made of what it is of, so that a process that exports it knows the id that another one gave, and the same span twice is the same. */
function spanId(traceId: string, step: string, ...place: (number | bigint)[]): string {
  return sha256(`meterbook/span/${traceId}/${step}/${place.join('/')}`).slice(0, 16)
}

function placeOf({ shard, number }: { shard: number; number: bigint }): SpanAttributes {
  return { 'meterbook.shard': shard, 'meterbook.journal.number': number.toString() }
}

function sizeOf({ first, last, events }: GroupWay): SpanAttributes {
  return { 'meterbook.group.rows': Number(last - first) + 1, 'meterbook.group.events': events }
}
