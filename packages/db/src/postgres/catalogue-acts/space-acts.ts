import { randomUUID } from 'node:crypto'
import type { PoolClient } from '../pool.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'

export interface SpaceFacts {
  slug: string
  name: string
  /** ISO 4217 */
  currency: string
  /** IANA name: statements are of its months */
  billingZone: string
}

/** Makes a developer space. Its slug is its own for ever: that of an archived one is not given again. */
export async function createSpace(tx: PoolClient, input: SpaceFacts & { by: ActBy }): Promise<{ id: string }> {
  const { slug, name, currency, billingZone, by } = input
  const { rowCount } = await tx.query('SELECT FROM developer_space WHERE slug = $1', [slug])
  if (rowCount !== 0)
    throw new CatalogueRefused('conflict', `expected a slug that no developer space ever had, found ${slug}`)
  const id = randomUUID()
  await tx.query('INSERT INTO developer_space (id, slug, name, currency, billing_zone) VALUES ($1, $2, $3, $4, $5)', [
    id,
    slug,
    name,
    currency,
    billingZone,
  ])
  await audited(tx, {
    by,
    act: 'space.create',
    target: { type: 'space', id },
    spaceId: id,
    before: null,
    after: { slug, name, currency, billingZone },
  })
  return { id }
}

/**
 * Changes what of a space may change. Currency and billing zone only until something was posted: by them its months and amounts are what they
 * are. Throws CatalogueRefused.
 */
export async function changeSpace(
  tx: PoolClient,
  input: { id: string; name?: string; currency?: string; billingZone?: string; by: ActBy },
): Promise<void> {
  const before = await lockSpace(tx, input.id)
  const after = {
    name: input.name ?? before.name,
    currency: input.currency ?? before.currency,
    billingZone: input.billingZone ?? before.billingZone,
  }
  const isRebilled = after.currency !== before.currency || after.billingZone !== before.billingZone
  if (after.name === before.name && !isRebilled) return
  if (isRebilled) await mustBeUnbilled(tx, before)
  if (after.currency !== before.currency) await mustBePricedIn(tx, { id: input.id, currency: after.currency })
  await tx.query('UPDATE developer_space SET name = $2, currency = $3, billing_zone = $4 WHERE id = $1', [
    input.id,
    after.name,
    after.currency,
    after.billingZone,
  ])
  const { name, currency, billingZone } = before
  await audited(tx, {
    by: input.by,
    act: 'space.change',
    target: { type: 'space', id: input.id },
    spaceId: input.id,
    before: { name, currency, billingZone },
    after,
  })
}

/** Closes a space or opens it again; its past stays as it is. Refused while an app that is in use belongs to it. */
export async function archiveSpace(
  tx: PoolClient,
  input: { id: string; isArchived: boolean; by: ActBy },
): Promise<void> {
  const { id, isArchived, by } = input
  const space = await lockSpace(tx, id)
  if (space.isArchived === isArchived) return
  if (isArchived) {
    const { rows } = await tx.query<{ slug: string }>(
      `SELECT DISTINCT app.slug FROM app_ownership JOIN app ON app.id = app_ownership.app_id
       WHERE space_id = $1 AND archived_at IS NULL AND (effective_to IS NULL OR effective_to > now()) ORDER BY app.slug`,
      [id],
    )
    if (rows.length > 0) {
      const named = rows.slice(0, APPS_NAMED).map(({ slug }) => slug)
      const more = rows.length > APPS_NAMED ? ` and ${rows.length - APPS_NAMED} more` : ''
      throw new CatalogueRefused(
        'conflict',
        `expected a space whose apps are archived or transferred, found ${named.join(', ')}${more}`,
      )
    }
  }
  await tx.query('UPDATE developer_space SET archived_at = CASE WHEN $2 THEN now() END WHERE id = $1', [id, isArchived])
  await audited(tx, {
    by,
    act: isArchived ? 'space.archive' : 'space.restore',
    target: { type: 'space', id },
    spaceId: id,
    before: { isArchived: !isArchived },
    after: { isArchived },
  })
}

const APPS_NAMED = 5

export interface LockedSpace extends SpaceFacts {
  id: string
  isArchived: boolean
}

/** The space, held for the rest of the transaction. Throws CatalogueRefused if there is none. */
export async function lockSpace(tx: PoolClient, id: string): Promise<LockedSpace> {
  const { rows } = await tx.query<LockedSpace>(
    `SELECT id, slug, name, currency, billing_zone AS "billingZone", archived_at IS NOT NULL AS "isArchived"
     FROM developer_space WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (rows[0] === undefined) throw new CatalogueRefused('not_found', 'No such developer space')
  return rows[0]
}

async function mustBeUnbilled(tx: PoolClient, { id, slug }: LockedSpace): Promise<void> {
  const { rowCount } = await tx.query('SELECT FROM ledger_entry WHERE space_id = $1 LIMIT 1', [id])
  if (rowCount === 0) return
  throw new CatalogueRefused(
    'conflict',
    `expected a space that nothing is posted to yet, found that ${slug} has a ledger: its currency and billing zone stay`,
  )
}

async function mustBePricedIn(tx: PoolClient, { id, currency }: { id: string; currency: string }): Promise<void> {
  const { rows } = await tx.query<{ slug: string; currency: string }>(
    `SELECT price_book.slug, price_book.currency FROM subscription JOIN price_book ON price_book.id = price_book_id
     WHERE space_id = $1 AND price_book.currency <> $2 LIMIT 1`,
    [id, currency],
  )
  const [other] = rows
  if (other === undefined) return
  throw new CatalogueRefused(
    'conflict',
    `expected subscriptions to price books in ${currency}, found ${other.slug} in ${other.currency}`,
  )
}
