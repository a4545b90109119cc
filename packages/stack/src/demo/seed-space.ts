import { shardOf } from '@meterbook/core/catalogue'
import type pg from 'pg'
import { type CastApp, type CastSpace, ENVIRONMENTS, SINCE } from './cast.ts'
import { makeId } from './credentials.ts'
import { PRICE_BOOK } from './price-book.ts'

/**
 * One space with its subscription and apps, unless it is there. Every app has the right to every capability of the catalogue, also
 * to those that came after it. `appIds` receives the id of each app by its slug. True if the space was made.
 */
export async function seedSpace(input: {
  client: pg.Client
  space: CastSpace
  shardCount: number
  appIds: Map<string, string>
}): Promise<boolean> {
  const { client, space, shardCount, appIds } = input
  const found = await idOf(client, 'SELECT id FROM developer_space WHERE slug = $1', space.slug)
  const spaceId = found ?? (await addSpace(client, space))
  const subscriptionId = await subscriptionOf(client, spaceId)
  for (const app of space.apps) {
    const appId =
      (await idOf(client, 'SELECT id FROM app WHERE slug = $1', app.slug)) ??
      (await addApp(client, { app, spaceId, shardCount }))
    appIds.set(app.slug, appId)
    await entitle(client, { appId, subscriptionId })
  }
  return found === undefined
}

async function addSpace(client: pg.Client, space: CastSpace): Promise<string> {
  const id = makeId()
  await client.query(
    'INSERT INTO developer_space (id, slug, name, currency, billing_zone) VALUES ($1, $2, $3, $4, $5)',
    [id, space.slug, space.name, space.currency, space.billingZone],
  )
  return id
}

async function subscriptionOf(client: pg.Client, spaceId: string): Promise<string> {
  const found = await idOf(client, 'SELECT id FROM subscription WHERE space_id = $1 AND effective_to IS NULL', spaceId)
  if (found !== undefined) return found
  const id = makeId()
  await client.query(
    `INSERT INTO subscription (id, space_id, price_book_id, effective_from)
     SELECT $1, $2, price_book.id, $3 FROM price_book WHERE slug = $4`,
    [id, spaceId, SINCE, PRICE_BOOK.slug],
  )
  return id
}

async function addApp(
  client: pg.Client,
  input: { app: CastApp; spaceId: string; shardCount: number },
): Promise<string> {
  const { app, spaceId, shardCount } = input
  const id = makeId()
  await client.query('INSERT INTO app (id, slug, name, shard, series) VALUES ($1, $2, $3, $4, $5)', [
    id,
    app.slug,
    app.name,
    shardOf(id, shardCount),
    app.series,
  ])
  await client.query('INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, $4)', [
    makeId(),
    id,
    spaceId,
    SINCE,
  ])
  for (const { key, name } of ENVIRONMENTS) {
    await client.query('INSERT INTO environment (app_id, key, name) VALUES ($1, $2, $3)', [id, key, name])
  }
  for (const { key, name, exempt } of app.installations) {
    await client.query(
      'INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES ($1, $2, $3, $4, $5, $6)',
      [makeId(), id, key, name, exempt, SINCE],
    )
  }
  return id
}

/** Adds the rights that the app never had: one that an admin ended stays ended. */
async function entitle(client: pg.Client, input: { appId: string; subscriptionId: string }): Promise<void> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT key FROM capability
     WHERE NOT EXISTS (SELECT FROM entitlement WHERE app_id = $1 AND capability_key = capability.key) ORDER BY key`,
    [input.appId],
  )
  if (rows.length === 0) return
  const keys = rows.map((row) => row.key)
  await client.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
     SELECT id, $2, $3, key, $4 FROM unnest($1::uuid[], $5::text[]) AS missing(id, key)`,
    [keys.map(makeId), input.subscriptionId, input.appId, SINCE, keys],
  )
}

async function idOf(client: pg.Client, sql: string, value: string): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(sql, [value])
  return rows[0]?.id
}
