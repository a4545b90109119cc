import { hash, timingSafeEqual } from 'node:crypto'
import type { KeyHolder } from '@meterbook/core/event'
import { type KeyKind, readKey } from './key-secret.ts'
import type { Pool } from './pool.ts'

/** How long a verified key is believed without asking again: the bound within which a revocation holds, whether its news arrives or not. */
const BELIEVED_MS = 1_000
const KEYS_MAX = 10_000

interface CachedKey {
  until: number
  holder: Promise<KeyHolder | null>
}

/**
 * Finds who holds a key: `mbk_<prefix>_<secret>` for an app, `mbs_…` for a platform service. Null if it is unknown, wrong, expired or
 * revoked; never says which. Only the SHA-256 of the secret is compared, in constant time; the cache is keyed by a digest, so that
 * no secret stays in memory as a key.
 */
export class KeyDirectory {
  readonly #pool: Pool
  readonly #cache = new Map<string, CachedKey>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  authenticate(key: string): Promise<KeyHolder | null> {
    const cacheKey = hash('sha256', key, 'hex')
    const now = performance.now()
    const cached = this.#cache.get(cacheKey)
    if (cached && cached.until > now) return cached.holder
    const parts = readKey(key)
    if (parts === null) return Promise.resolve(null)
    const found = this.#find(parts)
    const entry: CachedKey = { until: now + BELIEVED_MS, holder: found.then((key) => key?.holder ?? null) }
    if (this.#cache.size >= KEYS_MAX) this.#cache.clear()
    this.#cache.set(cacheKey, entry)
    found.then(
      // Counted from before the question, so that no moment after its expiry is ever among them.
      (key) => {
        if (key?.livesMs !== null && key?.livesMs !== undefined) entry.until = Math.min(entry.until, now + key.livesMs)
      },
      () => this.#cache.delete(cacheKey),
    )
    return entry.holder
  }

  /** Asks anew from now on: something was revoked, changed, or may have been. */
  forget(): void {
    this.#cache.clear()
  }

  async #find(parts: {
    kind: KeyKind
    prefix: string
    secretHash: Buffer
  }): Promise<{ holder: KeyHolder; livesMs: number | null } | null> {
    const { rows } = await this.#pool.query<KeyRow>({
      name: `key-${parts.kind}`,
      text: parts.kind === 'ingest' ? FIND_INGEST_KEY : FIND_SERVICE_KEY,
      values: [parts.prefix],
    })
    const row = rows[0]
    const expected = parts.secretHash
    if (!row || row.secret_hash.length !== expected.length || !timingSafeEqual(row.secret_hash, expected)) return null
    const holder: KeyHolder = {
      keyId: row.id,
      kind: parts.kind,
      app: row.app_id === null ? null : { id: row.app_id, slug: row.app_slug ?? '', shard: row.app_shard ?? 0 },
      scopes: row.scopes,
      eventTypes: row.event_types.length > 0 ? row.event_types : null,
      environments: row.environments.length > 0 ? row.environments : null,
      eventsPerSecond: row.events_per_second,
      requestsPerSecond: row.requests_per_second,
    }
    return { holder, livesMs: row.lives_ms }
  }
}

interface KeyRow {
  id: string
  secret_hash: Buffer
  scopes: string[]
  event_types: string[]
  environments: string[]
  events_per_second: number | null
  requests_per_second: number | null
  lives_ms: number | null
  app_id: string | null
  app_slug: string | null
  app_shard: number | null
}

const OF_KEY = `k.id, k.secret_hash, k.event_types, k.environments, k.events_per_second, k.requests_per_second,
  extract(epoch FROM k.expires_at - clock_timestamp())::float8 * 1000 AS lives_ms`
const IN_FORCE = 'k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())'
/** The key of an archived app is known and may do nothing: whoever sends with it is told so (403), not that they mistyped it. */
const FIND_INGEST_KEY = `SELECT ${OF_KEY}, CASE WHEN a.archived_at IS NULL THEN k.scopes ELSE '{}' END AS scopes, a.id AS app_id, a.slug AS app_slug, a.shard AS app_shard
  FROM ingest_key k JOIN app a ON a.id = k.app_id WHERE k.prefix = $1 AND ${IN_FORCE}`
const FIND_SERVICE_KEY = `SELECT ${OF_KEY}, k.scopes, NULL::uuid AS app_id, NULL::text AS app_slug, NULL::smallint AS app_shard
  FROM service_key k WHERE k.prefix = $1 AND ${IN_FORCE}`

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The app that a service key's event names, by id or by slug. */
export async function findApp(pool: Pool, idOrSlug: string): Promise<{ id: string; shard: number } | null> {
  const isId = UUID.test(idOrSlug)
  const { rows } = await pool.query<{ id: string; shard: number }>({
    name: isId ? 'app-by-id' : 'app-by-slug',
    text: `SELECT id, shard FROM app WHERE ${isId ? 'id' : 'slug'} = $1 AND archived_at IS NULL`,
    values: [idOrSlug],
  })
  return rows[0] ?? null
}
