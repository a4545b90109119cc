import type { IncomingMessage } from 'node:http'
import type { Instant } from '@meterbook/core/kernel'
import { parseTraceparent, requestSpans, type TraceContext } from '@meterbook/core/trace'
import type { SpanExporter } from '@meterbook/db/collector'
import type { TraceKeeper } from '@meterbook/db/postgres'

/** A request whose sender keeps a trace, after its commit. */
export interface TracedRequest {
  trace: TraceContext
  /** The moment of receipt: its body was read. */
  receivedAt: Instant
  /** From its first byte to that moment, and from there to the commit of all of its rows. */
  readMs: number
  commitMs: number
  rows: readonly { shard: number; number: bigint; events: number }[]
}

/** Of one process: a sender that marks every request as sampled has some of them kept. */
const PER_SECOND_MAX = 100

/** The trace that a request goes on with, if its sender keeps it. Null for nearly all: then nothing else is done for traces. */
export function sampledTrace(req: IncomingMessage): TraceContext | null {
  const { traceparent } = req.headers
  if (typeof traceparent !== 'string') return null
  const trace = parseTraceparent(traceparent)
  return trace?.isSampled === true ? trace : null
}

/** Keeps the traces of requests on the receipts of their events, and sends them to the collector, if there is one. Nobody waits for either. */
export class RequestTraces {
  readonly #keeper: TraceKeeper
  readonly #exporter: SpanExporter | null
  #second = 0
  #kept = 0

  constructor({ keeper, exporter }: { keeper: TraceKeeper; exporter: SpanExporter | null }) {
    this.#keeper = keeper
    this.#exporter = exporter
  }

  took({ trace, receivedAt, readMs, commitMs, rows }: TracedRequest): void {
    if (!this.#hasRoom()) return
    // By one clock that only goes on: the parts of a request are told in its own time.
    const begunAt = receivedAt - micros(readMs)
    const journalledAt = receivedAt + micros(commitMs)
    const { traceId, parentId } = trace
    for (const { shard, number } of rows) this.#keeper.keep({ shard, number, traceId, parentId, begunAt, journalledAt })
    this.#exporter?.add(requestSpans({ trace, begunAt, receivedAt, journalledAt, rows }))
  }

  async close(): Promise<void> {
    await Promise.all([this.#keeper.close(), this.#exporter?.close()])
  }

  #hasRoom(): boolean {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#kept = 0
    this.#second = second
    this.#kept += 1
    return this.#kept <= PER_SECOND_MAX
  }
}

function micros(ms: number): bigint {
  return BigInt(Math.max(0, Math.round(ms * 1_000)))
}
