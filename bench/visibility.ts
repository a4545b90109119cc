import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import type pg from 'pg'

/** Where each shard's journal stands, to look later only at what came after. */
export type JournalMark = Map<number, bigint>

export interface Visibility {
  events: number
  /** From the moment the load generator was to send a request until its group was closed, after both inserts had returned. */
  p50Ms: number
  p99Ms: number
  maxMs: number
  /** From the first scheduled moment to the last group closed. */
  seconds: number
  groups: number
}

/** Measures from the stores themselves, afterwards, so that measuring costs nothing while it runs. */
export class VisibilityMeter {
  readonly #pool: pg.Pool
  readonly #clickhouse: ClickHouseClient

  constructor(pool: pg.Pool, clickhouse: ClickHouseClient) {
    this.#pool = pool
    this.#clickhouse = clickhouse
  }

  async mark(): Promise<JournalMark> {
    const { rows } = await this.#pool.query<{ shard: number; last: string }>(
      'SELECT shard, next - 1 AS last FROM journal_head',
    )
    return new Map(rows.map(({ shard, last }) => [shard, BigInt(last)]))
  }

  /** Events in the journal whose group is not closed. From the heads alone: counting the batches cost more than the load did. */
  async backlog(): Promise<number> {
    const { rows } = await this.#pool.query<{ events: string }>(
      `SELECT coalesce(sum(h.events - coalesce(p.events, 0)), 0) AS events
       FROM journal_head h LEFT JOIN projection_progress p ON p.shard = h.shard`,
    )
    return Number(rows[0]?.events ?? 0)
  }

  /** Of all batches after the mark, once nothing waits. */
  async since(mark: JournalMark): Promise<Visibility> {
    const scheduled = await this.#scheduledMoments(mark)
    const delays: number[] = []
    let [events, groups, firstMs, lastMs] = [0, 0, Number.POSITIVE_INFINITY, 0]
    for (const shard of await this.#shards()) {
      const after = (mark.get(shard) ?? 0n).toString()
      const closed = await this.#closedGroups(shard, after)
      groups += closed.length
      let at = 0
      for (const batch of await this.#batches(shard, after)) {
        while (at < closed.length && (closed[at]?.last ?? 0) < batch.number) at++
        const doneMs = closed[at]?.doneMs ?? Number.NaN
        const fromMs = scheduled.get(`${shard}:${batch.number}`)
        if (fromMs === undefined || Number.isNaN(doneMs)) {
          throw new Error(`expected batch ${batch.number} of shard ${shard} to be visible, found it is not`)
        }
        delays.push(doneMs - fromMs)
        events += batch.events
        firstMs = Math.min(firstMs, fromMs)
        lastMs = Math.max(lastMs, doneMs)
      }
    }
    delays.sort((a, b) => a - b)
    const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0
    return { events, groups, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), seconds: (lastMs - firstMs) / 1000 }
  }

  async #shards(): Promise<number[]> {
    const { rows } = await this.#pool.query<{ shard: number }>('SELECT shard FROM journal_head ORDER BY shard')
    return rows.map(({ shard }) => shard)
  }

  async #closedGroups(shard: number, after: string): Promise<{ last: number; doneMs: number }[]> {
    const { rows } = await this.#pool.query<{ last: string; done_ms: string }>(
      `SELECT last, extract(epoch FROM done_at) * 1000 AS done_ms FROM projection_group
       WHERE shard = $1 AND last > $2 AND done_at IS NOT NULL ORDER BY first`,
      [shard, after],
    )
    return rows.map((row) => ({ last: Number(row.last), doneMs: Number(row.done_ms) }))
  }

  async #batches(shard: number, after: string): Promise<{ number: number; events: number }[]> {
    const { rows } = await this.#pool.query<{ number: string; event_count: number }>(
      'SELECT number, event_count FROM journal_batch WHERE shard = $1 AND number > $2 ORDER BY number',
      [shard, after],
    )
    return rows.map((row) => ({ number: Number(row.number), events: row.event_count }))
  }

  /** The first event of each request bears the moment at which it was to be sent. */
  async #scheduledMoments(mark: JournalMark): Promise<Map<string, number>> {
    const moments = new Map<string, number>()
    for (const shard of await this.#shards()) {
      const result = await this.#clickhouse.query({
        query: `SELECT batch, toUnixTimestamp64Micro(occurred_at) AS micros FROM event_index
          WHERE shard = {shard:UInt16} AND batch > {after:UInt64} AND pos = 0`,
        query_params: { shard, after: (mark.get(shard) ?? 0n).toString() },
        format: 'JSONEachRow',
      })
      for (const { batch, micros } of await result.json<{ batch: string; micros: string }>()) {
        moments.set(`${shard}:${batch}`, Number(micros) / 1000)
      }
    }
    return moments
  }
}
