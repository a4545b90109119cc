// Traces: tells a collector the way of those events whose senders keep a trace, after they are visible.
// Promises: nothing is asked and nothing is sent before a group is done; one that comes while too many wait has no trace. Replays and acts have none.
// Does not know: what became of an event and why, where spans are kept.
import type { Instant } from '@meterbook/core/kernel'
import { type GroupWay, groupSpans, ownTraceSpans, parseTraceparent } from '@meterbook/core/trace'
import type { SpanExporter } from '@meterbook/db/collector'
import { listJournalTraces, type Pool } from '@meterbook/db/postgres'
import type { ClosedGroup } from '../attribute/shard-projection.ts'

const LOOK_MS = 1_000
const GROUPS_WAITING_MAX = 1_000
/** Of one group: a sender that marks each of a million events as sampled gets some of them. */
const EVENTS_MAX = 100
const ROWS_MAX = 500

export class GroupTraces {
  readonly #deps: { pool: Pool; exporter: SpanExporter }
  readonly #timer: NodeJS.Timeout
  /** The doors note the traces of requests a moment after the commit: a group is looked at once it is a look old. */
  #fresh: GroupWay[] = []
  #ripe: GroupWay[] = []
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: { pool: Pool; exporter: SpanExporter }) {
    this.#deps = deps
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  /** Told right after a group is visible. */
  closed({ group, events, stepsBefore, isFirst }: ClosedGroup): void {
    if (!isFirst) return
    const doneAt = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000))
    const way: GroupWay = {
      ...{ shard: group.shard, first: group.first, last: group.last, events: group.eventCount, doneAt },
      steps: stepsBefore.map((micros): Instant => doneAt - BigInt(micros)) as unknown as GroupWay['steps'],
    }
    this.#sendOwnTraces(way, events)
    if (this.#fresh.length < GROUPS_WAITING_MAX) this.#fresh.push(way)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
    this.#look()
    this.#look()
    await this.#looking
  }

  #sendOwnTraces(group: GroupWay, events: ClosedGroup['events']): void {
    let sent = 0
    for (const { source, verdict, reason } of events) {
      const { traceparent } = source.event.extensions
      if (typeof traceparent !== 'string') continue
      const trace = parseTraceparent(traceparent)
      if (trace === null || !trace.isSampled) continue
      const { batch, pos, receivedAt } = source
      const attributes = { 'meterbook.verdict': verdict, ...(reason !== '' && { 'meterbook.reason': reason }) }
      this.#deps.exporter.add(ownTraceSpans({ group, trace, place: { batch, pos }, receivedAt, attributes }))
      sent += 1
      if (sent === EVENTS_MAX) return
    }
  }

  #look(): void {
    const ripe = this.#ripe
    this.#ripe = this.#fresh
    this.#fresh = []
    // Postgres is away: these have no trace.
    if (ripe.length > 0) this.#looking = this.#looking.then(() => this.#sendRequestTraces(ripe).catch(() => undefined))
  }

  async #sendRequestTraces(groups: readonly GroupWay[]): Promise<void> {
    const { pool, exporter } = this.#deps
    for (const [shard, ways] of Map.groupBy(groups, (group) => group.shard)) {
      const [first, last] = [ways[0], ways.at(-1)]
      if (first === undefined || last === undefined) continue
      const range = { shard, first: first.first, last: last.last, limit: ROWS_MAX }
      for (const row of await listJournalTraces(pool, range)) {
        const group = ways.find((way) => way.first <= row.number && row.number <= way.last)
        if (group !== undefined) exporter.add(groupSpans({ group, row }))
      }
    }
  }
}
