import type pg from 'pg'
import { makeId, makeKey, type NewKey, splitKey } from './credentials.ts'

/** The name under which the demo's own keys stand beside those that people make. */
const NAME = 'Demo'
const APP_SCOPES = ['events:write', 'usage:read']
const SERVICE_SCOPES = ['events:write']

interface KnownKey {
  client: pg.Client
  knownKey: string | undefined
}

/** The app's demo key: the known one while it works, else a new one. The lost one is revoked, since nobody can hold it rightly. */
export async function seedAppKey(input: KnownKey & { appId: string }): Promise<string> {
  const { client, appId, knownKey } = input
  const works = 'SELECT FROM ingest_key WHERE prefix = $1 AND secret_hash = $2 AND revoked_at IS NULL AND app_id = $3'
  if (knownKey !== undefined && (await isKept({ client, knownKey, works, more: [appId] }))) return knownKey
  await client.query(
    'UPDATE ingest_key SET revoked_at = now() WHERE app_id = $1 AND name = $2 AND revoked_at IS NULL',
    [appId, NAME],
  )
  const made = makeKey('mbk')
  await client.query(
    'INSERT INTO ingest_key (id, prefix, secret_hash, app_id, name, scopes) VALUES ($1, $2, $3, $4, $5, $6)',
    [makeId(), ...stored(made), appId, NAME, APP_SCOPES],
  )
  return made.key
}

/** The platform service's demo key, in the same way. */
export async function seedServiceKey({ client, knownKey }: KnownKey): Promise<string> {
  const works = 'SELECT FROM service_key WHERE prefix = $1 AND secret_hash = $2 AND revoked_at IS NULL'
  if (knownKey !== undefined && (await isKept({ client, knownKey, works, more: [] }))) return knownKey
  await client.query('UPDATE service_key SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL', [NAME])
  const made = makeKey('mbs')
  await client.query('INSERT INTO service_key (id, prefix, secret_hash, name, scopes) VALUES ($1, $2, $3, $4, $5)', [
    makeId(),
    ...stored(made),
    NAME,
    SERVICE_SCOPES,
  ])
  return made.key
}

async function isKept(input: { client: pg.Client; knownKey: string; works: string; more: string[] }): Promise<boolean> {
  const parts = splitKey(input.knownKey)
  if (parts === undefined) return false
  const { rowCount } = await input.client.query(input.works, [parts.prefix, parts.secretHash, ...input.more])
  return rowCount === 1
}

function stored({ prefix, secretHash }: NewKey): [string, Buffer] {
  return [prefix, secretHash]
}
