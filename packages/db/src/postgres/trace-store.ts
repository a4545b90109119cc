import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** A journal row that a request with a sampled trace brought. Ids in lower-case hex. */
export interface JournalTrace {
  shard: number
  number: bigint
  traceId: string
  /** The sender's span. */
  parentId: string
  begunAt: Instant
  journalledAt: Instant
}

const KEEP_MS = 250
const WAITING_MAX = 500

/**
 * Keeps the traces of requests, a few times a second and all of them at once, so that no request waits for it. What comes while too many wait is not kept, and
 * neither is what a process that is killed had not written: a trace is a help, never a proof.
 */
export class TraceKeeper {
  readonly #pool: Pool
  readonly #timer: NodeJS.Timeout
  #waiting: JournalTrace[] = []
  #writing: Promise<void> = Promise.resolve()

  constructor(pool: Pool) {
    this.#pool = pool
    this.#timer = setInterval(() => this.#write(), KEEP_MS)
    this.#timer.unref()
  }

  /** Never throws and never waits. */
  keep(trace: JournalTrace): void {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(trace)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    this.#write()
    await this.#writing
  }

  #write(): void {
    if (this.#waiting.length === 0) return
    const traces = this.#waiting
    this.#waiting = []
    // Postgres is away: these are lost, which is no reason to keep anybody waiting.
    this.#writing = insertTraces(this.#pool, traces).catch(() => undefined)
  }
}

async function insertTraces(pool: Pool, traces: readonly JournalTrace[]): Promise<void> {
  await pool.query({
    name: 'journal-traces',
    text: `INSERT INTO journal_trace (shard, number, trace_id, parent_id, begun_at, journalled_at)
      SELECT shard, number, decode(trace, 'hex'), decode(parent, 'hex'), begun, journalled
      FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
        AS t (shard, number, trace, parent, begun, journalled)
      ON CONFLICT (shard, number) DO NOTHING`,
    values: [
      traces.map(({ shard }) => shard),
      traces.map(({ number }) => number.toString()),
      traces.map(({ traceId }) => traceId),
      traces.map(({ parentId }) => parentId),
      traces.map(({ begunAt }) => formatInstant(begunAt)),
      traces.map(({ journalledAt }) => formatInstant(journalledAt)),
    ],
  })
}

/** The traces that came with rows `first` to `last` of a shard's journal, in order, at most `limit`. */
export async function listJournalTraces(
  pool: Pool,
  input: { shard: number; first: bigint; last: bigint; limit: number },
): Promise<JournalTrace[]> {
  const { rows } = await pool.query<{ number: string; trace: string; parent: string; begun: string; done: string }>({
    name: 'journal-traces-of',
    text: `SELECT number, encode(trace_id, 'hex') AS trace, encode(parent_id, 'hex') AS parent,
        ${microsOf('begun_at')} AS begun, ${microsOf('journalled_at')} AS done
      FROM journal_trace WHERE shard = $1 AND number BETWEEN $2 AND $3 ORDER BY number LIMIT $4`,
    values: [input.shard, input.first.toString(), input.last.toString(), input.limit],
  })
  return rows.map((row) => ({
    shard: input.shard,
    number: BigInt(row.number),
    traceId: row.trace,
    parentId: row.parent,
    begunAt: BigInt(row.begun),
    journalledAt: BigInt(row.done),
  }))
}

/** Forgets the traces of requests that are older than so many days. */
export async function forgetTraces(pool: Pool, { days }: { days: number }): Promise<void> {
  await pool.query("DELETE FROM journal_trace WHERE journalled_at < now() - $1::int * interval '1 day'", [days])
}
