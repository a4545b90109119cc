import { randomUUID } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { textOrNull } from './act-checks.ts'
import { type ActBy, audited, CatalogueRefused, type Validity } from './catalogue-act.ts'

/** Renames what a price is for, or says anew how usage of it adds up. Its unit stays. */
export async function restateCapability(
  tx: PoolClient,
  input: { key: string; name: string; shape: string; by: ActBy },
): Promise<void> {
  const { key, name, shape, by } = input
  const { rows } = await tx.query<{ name: string; shape: string }>(
    'SELECT name, shape FROM capability WHERE key = $1 FOR UPDATE',
    [key],
  )
  if (rows[0] === undefined) throw new CatalogueRefused('not_found', `No such capability: ${key}`)
  await tx.query('UPDATE capability SET name = $2, shape = $3 WHERE key = $1', [key, name, shape])
  const target = { type: 'capability', id: key }
  await audited(tx, { by, act: 'capability.change', target, spaceId: null, before: rows[0], after: { name, shape } })
}

export async function renamePriceBook(
  tx: PoolClient,
  input: { priceBookId: string; name: string; by: ActBy },
): Promise<void> {
  const { priceBookId, name, by } = input
  const { rows } = await tx.query<{ name: string }>('SELECT name FROM price_book WHERE id = $1 FOR UPDATE', [
    priceBookId,
  ])
  if (rows[0] === undefined) throw new CatalogueRefused('not_found', 'No such price book')
  await tx.query('UPDATE price_book SET name = $2 WHERE id = $1', [priceBookId, name])
  const target = { type: 'price_book', id: priceBookId }
  await audited(tx, { by, act: 'price_book.rename', target, spaceId: null, before: rows[0], after: { name } })
}

/** Takes a meter out of the lists, or back into them. It measures all the same: what it measured is owed. */
export async function archiveMeter(
  tx: PoolClient,
  input: { meterId: string; isArchived: boolean; by: ActBy },
): Promise<void> {
  const { meterId, isArchived, by } = input
  await tx.query('UPDATE meter SET archived_at = CASE WHEN $2 THEN now() END WHERE id = $1', [meterId, isArchived])
  await audited(tx, {
    by,
    act: isArchived ? 'meter.archive' : 'meter.restore',
    target: { type: 'meter', id: meterId },
    spaceId: null,
    before: { isArchived: !isArchived },
    after: { isArchived },
  })
}

/** Sets when a subscription ends, earlier or later than it did; null: not at all. */
export async function restateSubscription(
  tx: PoolClient,
  input: { spaceId: string; from: Instant; to: Instant | null; by: ActBy },
): Promise<void> {
  const { spaceId, from, to, by } = input
  const { rows } = await tx.query<{ id: string; ends: string | null }>(
    `SELECT id, ${microsOf('effective_to')} AS ends FROM subscription WHERE space_id = $1 AND effective_from = $2::timestamptz FOR UPDATE`,
    [spaceId, formatInstant(from)],
  )
  const [row] = rows
  if (row === undefined) throw new CatalogueRefused('not_found', `No subscription from ${formatInstant(from)} on`)
  await tx.query('UPDATE subscription SET effective_to = $2 WHERE id = $1', [row.id, textOrNull(to)])
  const target = { type: 'subscription', id: row.id }
  const before = { to: textOrNull(row.ends === null ? null : BigInt(row.ends)) }
  await audited(tx, { by, act: 'subscription.end', target, spaceId, before, after: { to: textOrNull(to) } })
}

export interface StatedRight extends Validity {
  capabilityKey: string
  spaceId: string
  /** When the subscription began that it is under. */
  subscribedFrom: Instant
}

/** Gives an app exactly these rights. Throws CatalogueRefused for one under a subscription that is not there. */
export async function stateRights(
  tx: PoolClient,
  input: { appId: string; rights: readonly StatedRight[]; by: ActBy },
): Promise<void> {
  const { appId, rights, by } = input
  const { rowCount } = await tx.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
     SELECT r.id, s.id, $1, r.capability_key, r.begins, r.ends
     FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[])
       AS r (id, space_id, subscribed, capability_key, begins, ends)
     JOIN subscription s ON s.space_id = r.space_id AND s.effective_from = r.subscribed
       AND (s.effective_to IS NULL OR s.effective_to > s.effective_from)`,
    [
      appId,
      rights.map(() => randomUUID()),
      rights.map(({ spaceId }) => spaceId),
      rights.map(({ subscribedFrom }) => formatInstant(subscribedFrom)),
      rights.map(({ capabilityKey }) => capabilityKey),
      rights.map(({ from }) => formatInstant(from)),
      rights.map(({ to }) => textOrNull(to)),
    ],
  )
  if (rowCount !== rights.length)
    throw new CatalogueRefused(
      'conflict',
      `expected a subscription for each of ${rights.length} rights, found ${rowCount}`,
    )
  for (const [spaceId, given] of Map.groupBy(rights, (right) => right.spaceId)) {
    const after = { given: given.map(({ capabilityKey, from, to }) => ({ capabilityKey, ...textsOf({ from, to }) })) }
    const target = { type: 'app', id: appId }
    await audited(tx, { by, act: 'entitlement.grant', target, spaceId, before: null, after })
  }
}

/** Sets when a right ends, earlier or later than it did; null: not at all. */
export async function restateRight(
  tx: PoolClient,
  input: Validity & { appId: string; spaceId: string; capabilityKey: string; by: ActBy },
): Promise<void> {
  const { appId, spaceId, capabilityKey, from, to, by } = input
  const { rows } = await tx.query<{ id: string; ends: string | null }>(
    `SELECT id, ${microsOf('effective_to')} AS ends FROM entitlement
     WHERE app_id = $1 AND capability_key = $2 AND effective_from = $3::timestamptz AND (effective_to IS NULL OR effective_to > effective_from)
     FOR UPDATE`,
    [appId, capabilityKey, formatInstant(from)],
  )
  const [row] = rows
  if (row === undefined)
    throw new CatalogueRefused('not_found', `No right to ${capabilityKey} from ${formatInstant(from)} on`)
  await tx.query('UPDATE entitlement SET effective_to = $2 WHERE id = $1', [row.id, textOrNull(to)])
  const before = { capabilityKey, ...textsOf({ from, to: row.ends === null ? null : BigInt(row.ends) }) }
  const after = { capabilityKey, ...textsOf({ from, to }) }
  await audited(tx, { by, act: 'entitlement.end', target: { type: 'app', id: appId }, spaceId, before, after })
}

function textsOf({ from, to }: Validity): { from: string; to: string | null } {
  return { from: formatInstant(from), to: textOrNull(to) }
}
