import type { KeyHolder } from '@meterbook/core/event'
import type { Pool } from './pool.ts'

/** How far behind the "last used" of a key may be. */
const FLUSH_MS = 5_000

const TABLES = { ingest: 'ingest_key', service: 'service_key' } as const

/** Remembers when each key was last used, and writes it down now and then: one statement for all of them, none for a request. */
export class KeyUses {
  readonly #pool: Pool
  readonly #timer: NodeJS.Timeout
  #used = { ingest: new Map<string, number>(), service: new Map<string, number>() }

  constructor(pool: Pool) {
    this.#pool = pool
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS)
    this.#timer.unref()
  }

  mark({ kind, keyId }: Pick<KeyHolder, 'kind' | 'keyId'>): void {
    this.#used[kind].set(keyId, Date.now())
  }

  /** Never rejects: what could not be written is as if nobody had looked. */
  async flush(): Promise<void> {
    const used = this.#used
    this.#used = { ingest: new Map(), service: new Map() }
    for (const kind of ['ingest', 'service'] as const) {
      if (used[kind].size === 0) continue
      await this.#pool
        .query(
          `UPDATE ${TABLES[kind]} AS k SET last_used_at = used.at
           FROM (SELECT id, to_timestamp(ms / 1000) AS at FROM unnest($1::uuid[], $2::float8[]) AS each (id, ms)) AS used
           WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)`,
          [[...used[kind].keys()], [...used[kind].values()]],
        )
        .catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }
}
