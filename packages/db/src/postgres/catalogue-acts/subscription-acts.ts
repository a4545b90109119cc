import { randomUUID } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { beginAct, insertNew, refuseUnnamedPast, textOrNull } from './act-checks.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'

/**
 * Gives a space a price book during [from, to); gives the subscription's id. The one in force at `from` ends there, and the rights that hang on it
 * go on under the new one, or every app would lose them at that moment. Refused if another one begins within that time.
 */
export async function setSubscription(
  tx: PoolClient,
  input: { by: ActBy; spaceId: string; priceBookId: string; from: Instant; to: Instant | null; isBackDated: boolean },
): Promise<{ id: string; carried: number }> {
  const { now } = await beginAct(tx)
  const { spaceId, priceBookId, from, to } = input
  if (to !== null && to <= from)
    throw new CatalogueRefused('invalid', `expected an end after ${formatInstant(from)}, found ${formatInstant(to)}`)
  refuseUnnamedPast({ from, now, isBackDated: input.isBackDated })
  await expectThere(tx, { spaceId, priceBookId })
  const before = await subscriptionAt(tx, { spaceId, at: from })
  if (before?.from === from)
    throw new CatalogueRefused(
      'conflict',
      `expected a beginning after ${formatInstant(from)}: a subscription begins there`,
    )
  if (before !== null)
    await tx.query('UPDATE subscription SET effective_to = $2 WHERE id = $1', [before.id, formatInstant(from)])
  const id = randomUUID()
  await insertNew(
    tx.query(
      'INSERT INTO subscription (id, space_id, price_book_id, effective_from, effective_to) VALUES ($1, $2, $3, $4, $5)',
      [id, spaceId, priceBookId, formatInstant(from), textOrNull(to)],
    ),
    'expected a time in which the space has no other subscription, found one that begins within it',
  )
  const carried = before === null ? 0 : await carryRights(tx, { from: before.id, to: id, at: from })
  await audited(tx, {
    by: input.by,
    act: 'subscription.set',
    target: { type: 'subscription', id: id },
    spaceId,
    before: before && {
      id: before.id,
      priceBookId: before.priceBookId,
      from: formatInstant(before.from),
      to: textOrNull(before.to),
    },
    after: { id, priceBookId, from: formatInstant(from), to: textOrNull(to), carried },
  })
  return { id, carried }
}

/** Ends a subscription at an instant. Refused before it began, and after it has ended. */
export async function endSubscription(
  tx: PoolClient,
  input: { by: ActBy; subscriptionId: string; at: Instant; isBackDated: boolean },
): Promise<void> {
  const { now } = await beginAct(tx)
  const { subscriptionId, at } = input
  refuseUnnamedPast({ from: at, now, isBackDated: input.isBackDated })
  const { rows } = await tx.query<SubscriptionRow>(`${SELECT} WHERE id = $1`, [subscriptionId])
  if (rows[0] === undefined) throw new CatalogueRefused('not_found', 'No such subscription')
  const before = subscriptionOf(rows[0])
  if (at <= before.from)
    throw new CatalogueRefused(
      'conflict',
      `expected an end after ${formatInstant(before.from)}, found ${formatInstant(at)}`,
    )
  if (before.to !== null && before.to <= at)
    throw new CatalogueRefused(
      'conflict',
      `expected a subscription that goes on, found one that ended ${formatInstant(before.to)}`,
    )
  await tx.query('UPDATE subscription SET effective_to = $2 WHERE id = $1', [subscriptionId, formatInstant(at)])
  await audited(tx, {
    by: input.by,
    act: 'subscription.end',
    target: { type: 'subscription', id: subscriptionId },
    spaceId: before.spaceId,
    before: { to: textOrNull(before.to) },
    after: { to: formatInstant(at) },
  })
}

async function expectThere(
  tx: PoolClient,
  { spaceId, priceBookId }: { spaceId: string; priceBookId: string },
): Promise<void> {
  const { rows } = await tx.query<{ space: string | null; book: string | null }>(
    `SELECT (SELECT currency FROM developer_space WHERE id = $1) AS space, (SELECT currency FROM price_book WHERE id = $2) AS book`,
    [spaceId, priceBookId],
  )
  const { space = null, book = null } = rows[0] ?? {}
  if (space === null) throw new CatalogueRefused('not_found', 'No such developer space')
  if (book === null) throw new CatalogueRefused('not_found', 'No such price book')
  if (space !== book)
    throw new CatalogueRefused(
      'conflict',
      `expected a price book in ${space}, the space's currency, found one in ${book}`,
    )
}

interface SubscriptionRow {
  id: string
  space_id: string
  price_book_id: string
  begins: string
  ends: string | null
}

const SELECT = `SELECT id, space_id, price_book_id, ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends FROM subscription`

function subscriptionOf(row: SubscriptionRow) {
  return {
    id: row.id,
    spaceId: row.space_id,
    priceBookId: row.price_book_id,
    from: BigInt(row.begins),
    to: row.ends === null ? null : BigInt(row.ends),
  }
}

async function subscriptionAt(tx: PoolClient, input: { spaceId: string; at: Instant }) {
  const { rows } = await tx.query<SubscriptionRow>(
    `${SELECT} WHERE space_id = $1 AND tstzrange(effective_from, effective_to) @> $2::timestamptz`,
    [input.spaceId, formatInstant(input.at)],
  )
  return rows[0] === undefined ? null : subscriptionOf(rows[0])
}

/** Rights in force at the moment of change, and those to come, hang on the new subscription from then on. */
async function carryRights(tx: PoolClient, input: { from: string; to: string; at: Instant }): Promise<number> {
  const at = formatInstant(input.at)
  const ended = await tx.query<{ app_id: string; capability_key: string; ends: string | null; begins: string }>(
    `SELECT app_id, capability_key, greatest(effective_from, $2::timestamptz)::text AS begins, effective_to::text AS ends FROM entitlement
     WHERE subscription_id = $1 AND (effective_to IS NULL OR effective_to > $2::timestamptz)`,
    [input.from, at],
  )
  await tx.query(
    `UPDATE entitlement SET effective_to = greatest(effective_from, $2::timestamptz)
     WHERE subscription_id = $1 AND (effective_to IS NULL OR effective_to > $2::timestamptz)`,
    [input.from, at],
  )
  const { rows } = ended
  if (rows.length === 0) return 0
  await tx.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
     SELECT gen_random_uuid(), $1, app, capability, begins, ends
     FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[]) AS carried (app, capability, begins, ends)`,
    [
      input.to,
      rows.map((row) => row.app_id),
      rows.map((row) => row.capability_key),
      rows.map((row) => row.begins),
      rows.map((row) => row.ends),
    ],
  )
  return rows.length
}
