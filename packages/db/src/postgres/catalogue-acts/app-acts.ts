import { randomUUID } from 'node:crypto'
import { shardOf } from '@meterbook/core/catalogue'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { PoolClient } from '../pool.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'
import { lockSpace } from './space-acts.ts'

/** The colours that charts have for apps. */
const SERIES_MAX = 7

/**
 * Makes an app. Its slug and its shard are its own for ever. With `spaceId` the space owns it from `from` on; null: nobody does yet, and its
 * usage is held. `isEntitled`: it may use every capability there is, under the space's subscriptions, from then on.
 */
export async function createApp(
  tx: PoolClient,
  input: {
    slug: string
    name: string
    /** Left out: the colour that fewest of the space's apps have. */
    series?: number
    spaceId: string | null
    from: Instant
    environments: readonly { key: string; name: string }[]
    isEntitled: boolean
    /** Over how many shards new apps are spread. */
    shardCount: number
    by: ActBy
  },
): Promise<{ id: string; entitlements: number }> {
  const { slug, name, spaceId, from, environments, by } = input
  const { rowCount } = await tx.query('SELECT FROM app WHERE slug = $1', [slug])
  if (rowCount !== 0) throw new CatalogueRefused('conflict', `expected a slug that no app ever had, found ${slug}`)
  if (spaceId !== null) await mustBeOpen(tx, spaceId)
  const id = randomUUID()
  const series = input.series ?? (await freeSeries(tx, spaceId))
  const shard = shardOf(id, input.shardCount)
  await tx.query('INSERT INTO app (id, slug, name, shard, series) VALUES ($1, $2, $3, $4, $5)', [
    id,
    slug,
    name,
    shard,
    series,
  ])
  for (const { key, name: label } of environments) {
    await tx.query('INSERT INTO environment (app_id, key, name) VALUES ($1, $2, $3)', [id, key, label])
  }
  let entitlements = 0
  if (spaceId !== null) {
    await addOwnership(tx, { appId: id, spaceId, from, to: null })
    if (input.isEntitled) entitlements = await entitleToAll(tx, { appId: id, spaceId, from })
  }
  await audited(tx, {
    by,
    act: 'app.create',
    target: { type: 'app', id },
    spaceId,
    before: null,
    after: { slug, name, series, shard, spaceId, from: formatInstant(from), environments, entitlements },
  })
  return { id, entitlements }
}

/** Name and colour. */
export async function changeApp(
  tx: PoolClient,
  input: { id: string; name?: string; series?: number; by: ActBy },
): Promise<void> {
  const { id, by } = input
  const { name, series, spaceId } = await lockApp(tx, id)
  const after = { name: input.name ?? name, series: input.series ?? series }
  if (after.name === name && after.series === series) return
  await tx.query('UPDATE app SET name = $2, series = $3 WHERE id = $1', [id, after.name, after.series])
  await audited(tx, {
    by,
    act: 'app.change',
    target: { type: 'app', id },
    spaceId,
    before: { name, series },
    after,
  })
}

/** Puts an app out of use, or back into it. Its keys are refused while it is; what it used before stays, and is still owed. */
export async function archiveApp(tx: PoolClient, input: { id: string; isArchived: boolean; by: ActBy }): Promise<void> {
  const { id, isArchived, by } = input
  const app = await lockApp(tx, id)
  if (app.isArchived === isArchived) return
  if (!isArchived && app.spaceId !== null) await mustBeOpen(tx, app.spaceId)
  await tx.query('UPDATE app SET archived_at = CASE WHEN $2 THEN now() END WHERE id = $1', [id, isArchived])
  await audited(tx, {
    by,
    act: isArchived ? 'app.archive' : 'app.restore',
    target: { type: 'app', id },
    spaceId: app.spaceId,
    before: { isArchived: !isArchived },
    after: { isArchived },
  })
}

export interface LockedApp {
  id: string
  slug: string
  name: string
  series: number
  isArchived: boolean
  /** Who owns it now; null: nobody. */
  spaceId: string | null
}

/** The app, held for the rest of the transaction. Throws CatalogueRefused if there is none. */
export async function lockApp(tx: PoolClient, id: string): Promise<LockedApp> {
  const { rows } = await tx.query<LockedApp>(
    `SELECT id, slug, name, series, archived_at IS NOT NULL AS "isArchived", (SELECT space_id FROM app_ownership
       WHERE app_id = app.id AND effective_from <= now() AND (effective_to IS NULL OR effective_to > now())) AS "spaceId"
     FROM app WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (rows[0] === undefined) throw new CatalogueRefused('not_found', 'No such app')
  return rows[0]
}

/** Throws CatalogueRefused if the space is archived: nothing new begins in it. */
export async function mustBeOpen(tx: PoolClient, spaceId: string): Promise<void> {
  const space = await lockSpace(tx, spaceId)
  if (space.isArchived)
    throw new CatalogueRefused('conflict', `expected a developer space in use, found that ${space.slug} is archived`)
}

/** The row alone, unaudited: part of an act. */
export async function addOwnership(
  tx: PoolClient,
  input: { appId: string; spaceId: string; from: Instant; to: Instant | null },
): Promise<string> {
  const id = randomUUID()
  await tx.query(
    'INSERT INTO app_ownership (id, app_id, space_id, effective_from, effective_to) VALUES ($1, $2, $3, $4, $5)',
    [id, input.appId, input.spaceId, formatInstant(input.from), input.to === null ? null : formatInstant(input.to)],
  )
  return id
}

/** The right to every capability, as long as each subscription of the space lasts; how many rows that are. */
async function entitleToAll(tx: PoolClient, input: { appId: string; spaceId: string; from: Instant }): Promise<number> {
  const { rowCount } = await tx.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
     SELECT gen_random_uuid(), s.id, $1, c.key, greatest(s.effective_from, $3::timestamptz), s.effective_to
     FROM subscription s CROSS JOIN capability c
     WHERE s.space_id = $2 AND (s.effective_to IS NULL OR s.effective_to > greatest(s.effective_from, $3::timestamptz))`,
    [input.appId, input.spaceId, formatInstant(input.from)],
  )
  return rowCount ?? 0
}

async function freeSeries(tx: PoolClient, spaceId: string | null): Promise<number> {
  const { rows } = await tx.query<{ series: number }>(
    `SELECT number AS series FROM generate_series(1, ${SERIES_MAX}) AS number
     LEFT JOIN (SELECT app.series FROM app JOIN app_ownership o ON o.app_id = app.id WHERE o.space_id = $1) AS taken ON taken.series = number
     GROUP BY number ORDER BY count(taken.series), number LIMIT 1`,
    [spaceId],
  )
  return rows[0]?.series ?? 1
}
