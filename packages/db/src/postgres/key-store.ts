import { hash, timingSafeEqual } from 'node:crypto'
import type { KeyHolder } from '@meterbook/core/event'
import type { Pool } from './pool.ts'

/** How long a verified key is believed without asking again: a revocation reaches every process within this time. */
const CACHE_MS = 1_000
const CACHE_KEYS_MAX = 10_000
const KEY = /^(mbk|mbs)_([A-Za-z0-9]{8,32})_([A-Za-z0-9_-]{43})$/

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
    const match = KEY.exec(key)
    if (!match) return Promise.resolve(null)
    const [, kind, prefix = '', secret = ''] = match
    const cacheKey = hash('sha256', key, 'hex')
    const now = performance.now()
    const cached = this.#cache.get(cacheKey)
    if (cached && cached.until > now) return cached.holder
    const holder = this.#find({ kind: kind === 'mbk' ? 'ingest' : 'service', prefix, secret })
    if (this.#cache.size >= CACHE_KEYS_MAX) this.#cache.clear()
    this.#cache.set(cacheKey, { until: now + CACHE_MS, holder })
    holder.catch(() => this.#cache.delete(cacheKey))
    return holder
  }

  async #find(input: { kind: 'ingest' | 'service'; prefix: string; secret: string }): Promise<KeyHolder | null> {
    const { rows } = await this.#pool.query<KeyRow>({
      name: `key-${input.kind}`,
      text: input.kind === 'ingest' ? FIND_INGEST_KEY : FIND_SERVICE_KEY,
      values: [input.prefix],
    })
    const row = rows[0]
    const found = hash('sha256', input.secret, 'buffer')
    if (!row || row.secret_hash.length !== found.length || !timingSafeEqual(row.secret_hash, found)) return null
    return {
      keyId: row.id,
      kind: input.kind,
      app: row.app_id === null ? null : { id: row.app_id, slug: row.app_slug ?? '', shard: row.app_shard ?? 0 },
      scopes: row.scopes,
      eventTypes: row.event_types.length > 0 ? row.event_types : null,
      environments: row.environments.length > 0 ? row.environments : null,
    }
  }
}

interface KeyRow {
  id: string
  secret_hash: Buffer
  scopes: string[]
  event_types: string[]
  environments: string[]
  app_id: string | null
  app_slug: string | null
  app_shard: number | null
}

const IN_FORCE = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())'
const FIND_INGEST_KEY = `SELECT k.id, k.secret_hash, k.scopes, k.event_types, k.environments, a.id AS app_id, a.slug AS app_slug, a.shard AS app_shard
  FROM ingest_key k JOIN app a ON a.id = k.app_id WHERE k.prefix = $1 AND ${IN_FORCE} AND a.archived_at IS NULL`
const FIND_SERVICE_KEY = `SELECT id, secret_hash, scopes, event_types, '{}'::text[] AS environments,
    NULL::uuid AS app_id, NULL::text AS app_slug, NULL::smallint AS app_shard
  FROM service_key WHERE prefix = $1 AND ${IN_FORCE}`

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
