import { hash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { constants as zlib, zstdCompressSync } from 'node:zlib'
import type { JournalAppend, JournalPosition } from '@meterbook/core/event'
import { formatInstant } from '@meterbook/core/kernel'
import { isUnavailable, type Pool } from './pool.ts'

/** How a journal body is stored. */
export const JOURNAL_CODEC = { plain: 0, zstd: 1 } as const

const FLUSH_BATCHES_MAX = 512
const FLUSH_BYTES_MAX = 16 * 1024 * 1024
const WAITING_BYTES_MAX = 256 * 1024 * 1024
/** Packing and unpacking take some 80 µs whatever the size: of a single event that is more than all else, for a hundred bytes saved. */
const COMPRESS_BYTES_MIN = 1_024
/**
 * After a commit that was shared, the next waits this long: whoever was just answered sends again at once, and a commit for the first of
 * them alone would make all others wait for the one after it. Half as many commits, twice as many events.
 */
const LINGER_MS = 4

/** A body as the journal stores it. `digest`: SHA-256 of the body itself, in hex. */
export function packBody(body: Buffer): { digest: string; codec: number; stored: Buffer } {
  const digest = hash('sha256', body, 'hex')
  const compressed =
    body.length < COMPRESS_BYTES_MIN ? body : zstdCompressSync(body, { params: { [zlib.ZSTD_c_compressionLevel]: 1 } })
  const isSmaller = compressed.length < body.length
  return isSmaller
    ? { digest, codec: JOURNAL_CODEC.zstd, stored: compressed }
    : { digest, codec: JOURNAL_CODEC.plain, stored: body }
}

/** The journal could not be made durable now. The same request may be sent again: events are known by their identity. */
export class JournalUnavailable extends Error {
  readonly code = 'unavailable'
}

interface Waiting {
  append: JournalAppend
  digest: string
  codec: number
  stored: Buffer
  resolve(position: JournalPosition): void
  reject(error: unknown): void
}

/**
 * Appends batches to the journal: many requests, one fsynced statement per shard. While a shard's statement is under way, what
 * arrives for that shard waits and goes with the next one, so commits are shared exactly when they are the bottleneck.
 * An append resolves only after Postgres has committed it.
 */
export class JournalWriter {
  readonly #pool: Pool
  readonly #waiting = new Map<number, Waiting[]>()
  readonly #flushing = new Map<number, Promise<void>>()
  #waitingBytes = 0

  readonly #onCommit: (commit: { batches: number; bytes: number }) => void

  /** `onCommit` is told of each commit how many batches shared it, and their bytes as stored. */
  constructor(pool: Pool, onCommit: (commit: { batches: number; bytes: number }) => void = () => undefined) {
    this.#pool = pool
    this.#onCommit = onCommit
  }

  /** Rejects with JournalUnavailable when it is not certain that every batch was committed. */
  append(batches: readonly JournalAppend[]): Promise<JournalPosition[]> {
    return Promise.all(batches.map((batch) => this.#enqueue(batch)))
  }

  /** Waits for what was accepted so far. */
  async drain(): Promise<void> {
    while (this.#flushing.size > 0) await Promise.all(this.#flushing.values())
  }

  #enqueue(append: JournalAppend): Promise<JournalPosition> {
    const body = Buffer.from(append.body, 'utf8')
    if (this.#waitingBytes + body.length > WAITING_BYTES_MAX) {
      return Promise.reject(
        new JournalUnavailable(`the journal is behind: ${this.#waitingBytes} bytes wait for Postgres`),
      )
    }
    const { digest, codec, stored } = packBody(body)
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(append.shard) ?? []
      waiting.push({ append, digest, codec, stored, resolve, reject })
      this.#waiting.set(append.shard, waiting)
      this.#waitingBytes += stored.length
      if (!this.#flushing.has(append.shard)) this.#start(append.shard)
    })
  }

  #start(shard: number): void {
    this.#flushing.set(shard, this.#flushAll(shard))
  }

  async #flushAll(shard: number): Promise<void> {
    // One turn of the event loop: requests that arrived together share the first commit too.
    await new Promise((resolve) => setImmediate(resolve))
    let group = this.#take(shard)
    while (group.length > 0) {
      try {
        const positions = await this.#insert(shard, group)
        for (const [index, each] of group.entries()) each.resolve(positions[index] as JournalPosition)
        this.#onCommit({ batches: group.length, bytes: group.reduce((sum, { stored }) => sum + stored.length, 0) })
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error)
        const fault = isUnavailable(error)
          ? new JournalUnavailable(`Postgres did not commit: ${cause}`, { cause: error })
          : error
        for (const each of group) each.reject(fault)
      }
      if (group.length > 1) await delay(LINGER_MS)
      group = this.#take(shard)
    }
    // In the same turn as the look that found nothing: an append between the two would wait for a flush that has ended.
    this.#flushing.delete(shard)
  }

  #take(shard: number): Waiting[] {
    const waiting = this.#waiting.get(shard) ?? []
    let bytes = 0
    let count = 0
    while (count < waiting.length && count < FLUSH_BATCHES_MAX && (count === 0 || bytes < FLUSH_BYTES_MAX)) {
      bytes += waiting[count]?.stored.length ?? 0
      count++
    }
    this.#waitingBytes -= bytes
    return waiting.splice(0, count)
  }

  async #insert(shard: number, group: readonly Waiting[]): Promise<JournalPosition[]> {
    const result = await this.#pool.query<{ first: string }>({
      name: 'journal-append',
      text: APPEND,
      values: [
        shard,
        group.length,
        group.map((each) => formatInstant(each.append.receivedAt)),
        group.map((each) => each.append.keyId),
        group.map((each) => each.append.appId),
        group.map((each) => each.append.eventCount),
        group.map((each) => each.codec),
        group.map((each) => each.stored.length),
        Buffer.from(group.map((each) => each.digest).join(''), 'hex'),
        Buffer.concat(group.map((each) => each.stored)),
      ],
    })
    const first = BigInt(result.rows[0]?.first ?? Number.NaN)
    return group.map((each, index) => ({ shard, number: first + BigInt(index), digest: each.digest }))
  }
}

/**
 * The head row gives numbers without gaps and in commit order: it stays locked until the commit, and a rolled back append gives
 * its numbers back. A sequence does neither. Bodies and digests travel as one binary value each and are cut apart here, because an
 * array of bytea would travel as twice its size in hex.
 */
const APPEND = `
  WITH head AS (
    INSERT INTO journal_head AS h (shard, next, events)
    VALUES ($1::smallint, 1 + $2::int, (SELECT sum(taken) FROM unnest($6::int[]) AS taken))
    ON CONFLICT (shard) DO UPDATE SET next = h.next + $2::int, events = h.events + excluded.events
    RETURNING next - $2::int AS first
  ), sizes AS (
    SELECT received_at, key_id, app_id, event_count, codec, size, position,
      sum(size) OVER (ORDER BY position) - size AS start
    FROM unnest($3::timestamptz[], $4::uuid[], $5::uuid[], $6::int[], $7::smallint[], $8::int[])
      WITH ORDINALITY AS input (received_at, key_id, app_id, event_count, codec, size, position)
  ), written AS (
    INSERT INTO journal_batch (shard, number, received_at, key_id, app_id, event_count, codec, digest, body)
    SELECT $1::smallint, head.first + position - 1, received_at, key_id, app_id, event_count, codec,
      substring($9::bytea FROM (position::int - 1) * 32 + 1 FOR 32),
      substring($10::bytea FROM start::int + 1 FOR size)
    FROM sizes, head
  )
  SELECT first FROM head`
