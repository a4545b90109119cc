import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { earlier } from '@meterbook/core/window'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { addOwnership, lockApp, mustBeOpen } from './app-acts.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'
import { mustBeUnclosed } from './space-periods.ts'

/** What a transfer came to. */
export interface Transferred {
  /** Who owned the app at the instant; null: nobody. */
  fromSpaceId: string | null
  /** Rights that go on under the new space's subscription, and those that end because it has none then. */
  entitlements: { moved: number; ended: number }
}

/**
 * From an instant on, an app belongs to another space: usage before it stays with the former owner, usage from it on is the new one's. The rights
 * of the app go on under the new space's subscriptions. An app that nobody owns is given to a space in the same way.
 *
 * Throws CatalogueRefused: while a month of either side closes, for an instant in a closed month or, where somebody owned the app, in one that is
 * over (`asOf`: now), and where the app changes hands after the instant already.
 */
export async function transferApp(
  tx: PoolClient,
  input: { appId: string; toSpaceId: string; at: Instant; asOf: Instant; by: ActBy },
): Promise<Transferred> {
  const { appId, toSpaceId, at, asOf, by } = input
  const app = await lockApp(tx, appId)
  if (app.isArchived)
    throw new CatalogueRefused('conflict', `expected an app in use, found that ${app.slug} is archived`)
  await mustBeOpen(tx, toSpaceId)
  const owner = await ownerAt(tx, { appId, at })
  if (owner?.spaceId === toSpaceId)
    throw new CatalogueRefused('invalid', `expected another developer space, found the one that owns ${app.slug} then`)
  const spaceIds = owner === null ? [toSpaceId] : [owner.spaceId, toSpaceId]
  await mustBeUnclosed(tx, { spaceIds, at, asOf: owner === null ? null : asOf })
  if (owner !== null) await endOwnership(tx, { id: owner.id, at })
  await addOwnership(tx, { appId, spaceId: toSpaceId, from: at, to: null })
  const entitlements = await moveEntitlements(tx, { appId, toSpaceId, at })
  const fromSpaceId = owner?.spaceId ?? null
  for (const spaceId of spaceIds) {
    await audited(tx, {
      by,
      act: 'app.transfer',
      target: { type: 'app', id: appId },
      spaceId,
      before: { spaceId: fromSpaceId },
      after: { spaceId: toSpaceId, from: formatInstant(at), entitlements },
    })
  }
  return { fromSpaceId, entitlements }
}

/** Sets the end of the ownership that begins then: as a catalogue file states it. Refused for an end in a closed month. */
export async function endAppOwnership(
  tx: PoolClient,
  input: { appId: string; from: Instant; to: Instant | null; by: ActBy },
): Promise<void> {
  const { appId, from, to, by } = input
  await lockApp(tx, appId)
  const rows = await ownershipsOf(tx, appId)
  const row = rows.find((each) => each.from === from)
  if (row === undefined)
    throw new CatalogueRefused('not_found', `expected an owner from ${formatInstant(from)} on, found none`)
  if (row.to === to) return
  const ends = [row.to, to].filter((end) => end !== null)
  const earliest = ends.reduce(earlier, ends[0] ?? from)
  await mustBeUnclosed(tx, { spaceIds: [row.spaceId], at: earliest, asOf: null })
  await tx.query('UPDATE app_ownership SET effective_to = $2 WHERE id = $1', [row.id, to && formatInstant(to)])
  await audited(tx, {
    by,
    act: 'app.owner.end',
    target: { type: 'app', id: appId },
    spaceId: row.spaceId,
    before: { from: formatInstant(from), to: row.to && formatInstant(row.to) },
    after: { from: formatInstant(from), to: to && formatInstant(to) },
  })
}

/** Adds a stretch of ownership: as a catalogue file states it. Refused for one that begins in a closed month. */
export async function addAppOwnership(
  tx: PoolClient,
  input: { appId: string; spaceId: string; from: Instant; to: Instant | null; by: ActBy },
): Promise<void> {
  const { appId, spaceId, from, to, by } = input
  await lockApp(tx, appId)
  await mustBeOpen(tx, spaceId)
  await mustBeUnclosed(tx, { spaceIds: [spaceId], at: from, asOf: null })
  await addOwnership(tx, { appId, spaceId, from, to })
  await audited(tx, {
    by,
    act: 'app.owner.add',
    target: { type: 'app', id: appId },
    spaceId,
    before: null,
    after: { spaceId, from: formatInstant(from), to: to && formatInstant(to) },
  })
}

interface Ownership {
  id: string
  spaceId: string
  from: Instant
  to: Instant | null
}

async function ownerAt(tx: PoolClient, { appId, at }: { appId: string; at: Instant }): Promise<Ownership | null> {
  const rows = await ownershipsOf(tx, appId)
  const later = rows.find((row) => row.from > at)
  if (later !== undefined) {
    throw new CatalogueRefused(
      'conflict',
      `expected an instant after the app last changed hands, found ${formatInstant(at)}, before ${formatInstant(later.from)}`,
    )
  }
  const owner = rows.find((row) => row.from <= at && (row.to === null || at < row.to)) ?? null
  if (owner !== null && owner.to !== null) {
    throw new CatalogueRefused(
      'conflict',
      `expected an app without a transfer ahead, found that it leaves its owner at ${formatInstant(owner.to)}`,
    )
  }
  return owner
}

async function ownershipsOf(tx: PoolClient, appId: string): Promise<Ownership[]> {
  const { rows } = await tx.query<{ id: string; space_id: string; begins: string; ends: string | null }>(
    `SELECT id, space_id, ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends FROM app_ownership
     WHERE app_id = $1 AND (effective_to IS NULL OR effective_to > effective_from) ORDER BY effective_from`,
    [appId],
  )
  return rows.map((row) => ({
    id: row.id,
    spaceId: row.space_id,
    from: BigInt(row.begins),
    to: row.ends === null ? null : BigInt(row.ends),
  }))
}

/** One that would end where it began never was: it keeps its row, with no time in it. */
async function endOwnership(tx: PoolClient, { id, at }: { id: string; at: Instant }): Promise<void> {
  await tx.query('UPDATE app_ownership SET effective_to = $2 WHERE id = $1', [id, formatInstant(at)])
}

/** Each right that lasts beyond the instant ends there, and goes on as long under the new space's subscriptions as they last themselves. */
async function moveEntitlements(
  tx: PoolClient,
  { appId, toSpaceId, at }: { appId: string; toSpaceId: string; at: Instant },
): Promise<Transferred['entitlements']> {
  const values = [appId, formatInstant(at)]
  const { rows } = await tx.query<{ capability_key: string; begins: string; ends: string | null }>(
    `WITH ahead AS (
       SELECT id, capability_key, greatest(effective_from, $2::timestamptz) AS begins, effective_to AS ends FROM entitlement
       WHERE app_id = $1 AND (effective_to IS NULL OR effective_to > greatest(effective_from, $2::timestamptz)) FOR UPDATE
     ), ended AS (
       UPDATE entitlement e SET effective_to = ahead.begins FROM ahead WHERE e.id = ahead.id RETURNING e.id
     )
     SELECT capability_key, begins::text, ends::text FROM ahead`,
    values,
  )
  const { rows: made } = await tx.query<{ capability_key: string }>(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
     SELECT gen_random_uuid(), s.id, $1, r.capability_key, greatest(r.begins, s.effective_from), least(r.ends, s.effective_to)
     FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) AS r (capability_key, begins, ends)
     JOIN subscription s ON s.space_id = $2 AND tstzrange(s.effective_from, s.effective_to) && tstzrange(r.begins, r.ends)
     RETURNING capability_key`,
    [
      appId,
      toSpaceId,
      rows.map((row) => row.capability_key),
      rows.map((row) => row.begins),
      rows.map((row) => row.ends),
    ],
  )
  const moved = new Set(made.map((row) => row.capability_key)).size
  return { moved, ended: new Set(rows.map((row) => row.capability_key)).size - moved }
}
