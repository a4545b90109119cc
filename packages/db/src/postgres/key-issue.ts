import { randomUUID } from 'node:crypto'
import { TEST_WRITE_SCOPE } from '@meterbook/core/event'
import { type KeyKind, makeKey } from './key-secret.ts'
import type { Pool, PoolClient } from './pool.ts'

/** What a key may, and for how long. Empty lists: anything. Limits are per second, counted over a minute; null: the process's own. */
export interface KeyTerms {
  name: string
  scopes: string[]
  eventTypes: string[]
  environments: string[]
  expiresAt: Date | null
  eventsPerSecond: number | null
  requestsPerSecond: number | null
}

/** A key as people see it: everything but its secret, which nobody can see again. */
export interface StoredKey extends KeyTerms {
  id: string
  kind: KeyKind
  prefix: string
  /** Null for a platform service's key. */
  appId: string | null
  createdAt: Date
  createdBy: string | null
  /** Of the person, where it was one. */
  createdByName: string | null
  revokedAt: Date | null
  revokedBy: string | null
  lastUsedAt: Date | null
  /** The key that was made in its place. */
  replacedBy: string | null
}

/** A key at the one moment when its text is known. */
export interface IssuedKey {
  stored: StoredKey
  key: string
}

/** `appId` null: a key of a platform service. */
export interface KeyRequest extends KeyTerms {
  appId: string | null
  createdBy: string
}

/** Makes a key. `tx`: a connection inside a transaction; only the hash of the secret is written. */
export async function issueKey(tx: PoolClient, request: KeyRequest): Promise<IssuedKey> {
  const kind: KeyKind = request.appId === null ? 'service' : 'ingest'
  const { key, prefix, secretHash } = makeKey(kind)
  const columns = ['id', 'prefix', 'secret_hash', 'name', 'scopes', 'event_types', 'environments', 'expires_at']
  columns.push('events_per_second', 'requests_per_second', 'created_by')
  const values: unknown[] = [randomUUID(), prefix, secretHash, request.name, request.scopes]
  values.push(request.eventTypes, request.environments, request.expiresAt)
  values.push(request.eventsPerSecond, request.requestsPerSecond, request.createdBy)
  if (request.appId !== null) {
    columns.push('app_id')
    values.push(request.appId)
  }
  const { rows } = await tx.query<KeyRow>(
    `INSERT INTO ${TABLES[kind]} (${columns.join(', ')}) VALUES (${values.map((_, index) => `$${index + 1}`).join(', ')})
     RETURNING ${columnsOf(kind)}`,
    values,
  )
  return { stored: storedKey(rows[0] as KeyRow, kind), key }
}

/** The space that owns an app now, or null: for the audit log, when no page says it. */
export async function findOwningSpace(db: Pool, appId: string): Promise<string | null> {
  const { rows } = await db.query<{ space_id: string }>(
    `SELECT space_id FROM app_ownership WHERE app_id = $1 AND effective_from <= now() AND (effective_to IS NULL OR effective_to > now())`,
    [appId],
  )
  return rows[0]?.space_id ?? null
}

/** One key, locked until the transaction ends; null if there is none. */
export async function lockKey(tx: PoolClient, { kind, id }: { kind: KeyKind; id: string }): Promise<StoredKey | null> {
  const { rows } = await tx.query<KeyRow>(`SELECT ${columnsOf(kind)} FROM ${TABLES[kind]} WHERE id = $1 FOR UPDATE`, [
    id,
  ])
  return rows[0] === undefined ? null : storedKey(rows[0], kind)
}

/** Ends a key now, in every process. Done again it changes nothing: it says when it ended first. */
export async function revokeKey(
  tx: PoolClient,
  { kind, id, revokedBy }: { kind: KeyKind; id: string; revokedBy: string },
): Promise<StoredKey | null> {
  await tx.query(
    `UPDATE ${TABLES[kind]} SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1 AND revoked_at IS NULL`,
    [id, revokedBy],
  )
  return lockKey(tx, { kind, id })
}

/** Another key of the same terms; the old one works until `overlapUntil`, or until its own end if that is sooner. */
export async function rotateKey(
  tx: PoolClient,
  input: { old: StoredKey; overlapUntil: Date; expiresAt: Date | null; createdBy: string },
): Promise<{ old: StoredKey; issued: IssuedKey }> {
  const { old, overlapUntil, expiresAt, createdBy } = input
  const issued = await issueKey(tx, { ...old, expiresAt, createdBy })
  await tx.query(
    `UPDATE ${TABLES[old.kind]} SET expires_at = least(coalesce(expires_at, 'infinity'), $2), replaced_by = $3 WHERE id = $1`,
    [old.id, overlapUntil, issued.stored.id],
  )
  const changed = await lockKey(tx, { kind: old.kind, id: old.id })
  if (changed === null) throw new Error(`expected key ${old.id}, which was locked, found none`)
  return { old: changed, issued }
}

/**
 * Under what the portal itself sends an app's test events: a key whose text nobody ever had. `made`: set if there was none in force.
 */
export async function portalTestKey(
  tx: PoolClient,
  { appId, createdBy }: { appId: string; createdBy: string },
): Promise<{ id: string; made: StoredKey | null }> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id FROM ingest_key WHERE app_id = $1 AND name = $2 AND scopes = $3 AND revoked_at IS NULL AND expires_at IS NULL
     ORDER BY created_at LIMIT 1`,
    [appId, PORTAL_TEST_KEY.name, PORTAL_TEST_KEY.scopes],
  )
  if (rows[0] !== undefined) return { id: rows[0].id, made: null }
  const { stored } = await issueKey(tx, { ...PORTAL_TEST_KEY, appId, createdBy })
  return { id: stored.id, made: stored }
}

const PORTAL_TEST_KEY: KeyTerms = {
  name: 'Test events from the portal',
  scopes: [TEST_WRITE_SCOPE],
  eventTypes: [],
  environments: [],
  expiresAt: null,
  eventsPerSecond: null,
  requestsPerSecond: null,
}

/** The keys of these apps, or (null) those of platform services; the newest first. */
export async function listKeys(pool: Pool, appIds: readonly string[] | null): Promise<StoredKey[]> {
  const kind: KeyKind = appIds === null ? 'service' : 'ingest'
  const { rows } = await pool.query<KeyRow>(
    `SELECT ${columnsOf(kind)} FROM ${TABLES[kind]} ${appIds === null ? '' : 'WHERE app_id = ANY($1::uuid[])'} ORDER BY created_at DESC, id`,
    appIds === null ? [] : [appIds],
  )
  return rows.map((row) => storedKey(row, kind))
}

const TABLES = { ingest: 'ingest_key', service: 'service_key' } as const

function columnsOf(kind: KeyKind): string {
  return `id, prefix, ${kind === 'ingest' ? 'app_id' : 'NULL::uuid AS app_id'}, name, scopes, event_types, environments, expires_at,
    events_per_second, requests_per_second, created_at, created_by,
    (SELECT p.name FROM person p WHERE p.id = created_by) AS created_by_name, revoked_at, revoked_by, last_used_at, replaced_by`
}

interface KeyRow {
  id: string
  prefix: string
  app_id: string | null
  name: string
  scopes: string[]
  event_types: string[]
  environments: string[]
  expires_at: Date | null
  events_per_second: number | null
  requests_per_second: number | null
  created_at: Date
  created_by: string | null
  created_by_name: string | null
  revoked_at: Date | null
  revoked_by: string | null
  last_used_at: Date | null
  replaced_by: string | null
}

function storedKey(row: KeyRow, kind: KeyKind): StoredKey {
  return {
    id: row.id,
    kind,
    prefix: row.prefix,
    appId: row.app_id,
    name: row.name,
    scopes: row.scopes,
    eventTypes: row.event_types,
    environments: row.environments,
    expiresAt: row.expires_at,
    eventsPerSecond: row.events_per_second,
    requestsPerSecond: row.requests_per_second,
    createdAt: row.created_at,
    createdBy: row.created_by,
    createdByName: row.created_by_name,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
    lastUsedAt: row.last_used_at,
    replacedBy: row.replaced_by,
  }
}
