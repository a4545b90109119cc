import { randomUUID } from 'node:crypto'
import { type GrantedRight, planGrant, type RightFacts, type UncoveredTime } from '@meterbook/core/attribution'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { microsOf } from '../micros-of.ts'
import type { Pool, PoolClient } from '../pool.ts'
import { beginAct, insertNew, refuseUnnamedPast, textOrNull } from './act-checks.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'

/** Rights of one asking: apps × capabilities. */
export const GRANT_RIGHTS_MAX = 20_000

export interface AskedGrant {
  appIds: readonly string[]
  capabilityKeys: readonly string[]
  from: Instant
  to: Instant | null
}

/**
 * Gives apps the right to capabilities during [from, to), under the subscription of whichever space owned each of them when. What is there
 * already is left alone, so asked twice it is done once. Gives what was written, and the times in which no right can be.
 */
export async function grantEntitlements(
  tx: PoolClient,
  input: AskedGrant & { by: ActBy; isBackDated: boolean },
): Promise<{ rights: GrantedRight[]; uncovered: UncoveredTime[] }> {
  const { now } = await beginAct(tx)
  refuseUnnamedPast({ from: input.from, now, isBackDated: input.isBackDated })
  const plan = await planEntitlements(tx, input)
  const { rights } = plan
  if (rights.length === 0) return plan
  await insertNew(
    tx.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])`,
      [
        rights.map(() => randomUUID()),
        rights.map(({ subscriptionId }) => subscriptionId),
        rights.map(({ appId }) => appId),
        rights.map(({ capabilityKey }) => capabilityKey),
        rights.map(({ from }) => formatInstant(from)),
        rights.map(({ to }) => textOrNull(to)),
      ],
    ),
    'expected no such right yet, found one that was given meanwhile: ask again',
  )
  // One line for each app and space, so that a space's own log has what was done to its apps.
  for (const [, ofApp] of Map.groupBy(rights, ({ appId, spaceId }) => `${appId} ${spaceId}`)) {
    const [first] = ofApp
    if (first === undefined) continue
    const given = ofApp.map(({ capabilityKey, from, to }) => ({
      capabilityKey,
      from: formatInstant(from),
      to: textOrNull(to),
    }))
    await audited(tx, {
      by: input.by,
      act: 'entitlement.grant',
      target: { type: 'app', id: first.appId },
      spaceId: first.spaceId,
      before: null,
      after: { given },
    })
  }
  return plan
}

/** What a grant would write, and where no right can be. Writes nothing. */
export async function planEntitlements(
  db: Pool | PoolClient,
  input: AskedGrant,
): Promise<{ rights: GrantedRight[]; uncovered: UncoveredTime[] }> {
  const { from, to, appIds, capabilityKeys } = input
  if (to !== null && to <= from)
    throw new CatalogueRefused('invalid', `expected an end after ${formatInstant(from)}, found ${formatInstant(to)}`)
  if (appIds.length * capabilityKeys.length > GRANT_RIGHTS_MAX) {
    throw new CatalogueRefused(
      'invalid',
      `expected at most ${GRANT_RIGHTS_MAX} rights at a time, found ${appIds.length * capabilityKeys.length}`,
    )
  }
  await expectKnown(db, { appIds, capabilityKeys })
  return planGrant(await readRightFacts(db, appIds), { appIds, capabilityKeys, during: { from, to } })
}

/** Ends a right at an instant; at its very beginning, it never was. Refused after it has ended. */
export async function endEntitlement(
  tx: PoolClient,
  input: { by: ActBy; entitlementId: string; at: Instant; isBackDated: boolean },
): Promise<void> {
  const { now } = await beginAct(tx)
  const { entitlementId, at } = input
  refuseUnnamedPast({ from: at, now, isBackDated: input.isBackDated })
  const { rows } = await tx.query<{
    begins: string
    ends: string | null
    app_id: string
    capability_key: string
    space_id: string
  }>(
    `SELECT ${microsOf('e.effective_from')} AS begins, ${microsOf('e.effective_to')} AS ends, e.app_id, e.capability_key, s.space_id
     FROM entitlement e JOIN subscription s ON s.id = e.subscription_id WHERE e.id = $1`,
    [entitlementId],
  )
  const [row] = rows
  if (row === undefined) throw new CatalogueRefused('not_found', 'No such entitlement')
  const from = BigInt(row.begins)
  const to = row.ends === null ? null : BigInt(row.ends)
  if (at < from)
    throw new CatalogueRefused('conflict', `expected an end from ${formatInstant(from)} on, found ${formatInstant(at)}`)
  if (to !== null && to <= at)
    throw new CatalogueRefused('conflict', `expected a right that goes on, found one that ended ${formatInstant(to)}`)
  await tx.query('UPDATE entitlement SET effective_to = $2 WHERE id = $1', [entitlementId, formatInstant(at)])
  const right = { capabilityKey: row.capability_key, from: formatInstant(from) }
  await audited(tx, {
    by: input.by,
    act: 'entitlement.end',
    target: { type: 'app', id: row.app_id },
    spaceId: row.space_id,
    before: { ...right, to: textOrNull(to) },
    after: { ...right, to: formatInstant(at) },
  })
}

async function expectKnown(
  db: Pool | PoolClient,
  input: { appIds: readonly string[]; capabilityKeys: readonly string[] },
): Promise<void> {
  const { rows } = await db.query<{ kind: string; name: string }>(
    `SELECT 'app' AS kind, asked::text AS name FROM unnest($1::uuid[]) AS asked WHERE NOT EXISTS (SELECT FROM app WHERE id = asked)
     UNION ALL
     SELECT 'capability', asked FROM unnest($2::text[]) AS asked WHERE NOT EXISTS (SELECT FROM capability WHERE key = asked)`,
    [input.appIds, input.capabilityKeys],
  )
  const [unknown] = rows
  if (unknown !== undefined)
    throw new CatalogueRefused('not_found', `expected a known ${unknown.kind}, found ${unknown.name}`)
}

/** What the rights of these apps hang on. */
export async function readRightFacts(db: Pool | PoolClient, appIds: readonly string[]): Promise<RightFacts> {
  interface Row {
    id: string
    app_id: string
    space_id: string
    subscription_id: string
    capability_key: string
    begins: string
    ends: string | null
  }
  const validity = (alias: string) =>
    `${microsOf(`${alias}.effective_from`)} AS begins, ${microsOf(`${alias}.effective_to`)} AS ends`
  const read = (sql: string) => db.query<Row>(sql, [appIds])
  const ownerships = await read(
    `SELECT o.app_id, o.space_id, ${validity('o')} FROM app_ownership o WHERE o.app_id = ANY($1::uuid[])`,
  )
  const subscriptions = await read(
    `SELECT s.id, s.space_id, ${validity('s')} FROM subscription s
     WHERE s.space_id IN (SELECT o.space_id FROM app_ownership o WHERE o.app_id = ANY($1::uuid[]))`,
  )
  const entitlements = await read(
    `SELECT e.id, e.subscription_id, e.app_id, e.capability_key, ${validity('e')} FROM entitlement e WHERE e.app_id = ANY($1::uuid[])`,
  )
  const valid = (row: Row) => ({ from: BigInt(row.begins), to: row.ends === null ? null : BigInt(row.ends) })
  return {
    ownerships: ownerships.rows.map((row) => ({ appId: row.app_id, spaceId: row.space_id, ...valid(row) })),
    subscriptions: subscriptions.rows.map((row) => ({ id: row.id, spaceId: row.space_id, ...valid(row) })),
    entitlements: entitlements.rows.map((row) => {
      const { id, subscription_id: subscriptionId, app_id: appId, capability_key: capabilityKey } = row
      return { id, subscriptionId, appId, capabilityKey, ...valid(row) }
    }),
  }
}
