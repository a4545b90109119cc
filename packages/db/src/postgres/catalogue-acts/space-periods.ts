import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { billingPeriod } from '@meterbook/core/statement'
import { lockHead } from '../ledger-store.ts'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { CatalogueRefused } from './catalogue-act.ts'

/** How long an act waits for a statement that is being written, or for usage that is being posted. */
const LOCK_MS = 5_000

/**
 * Sees to it that nothing from `at` on is in a closed month of these spaces, and that none is closed until the caller's transaction ends: it holds
 * the heads of their ledgers, as whoever closes does. `asOf` given: months that are over but not closed are closing, and refused too.
 */
export async function mustBeUnclosed(
  tx: PoolClient,
  input: { spaceIds: readonly string[]; at: Instant; asOf: Instant | null },
): Promise<void> {
  const { at, asOf } = input
  await tx.query(`SET LOCAL lock_timeout = '${LOCK_MS}ms'`)
  // In one order, so that no two acts can wait for each other.
  for (const spaceId of [...new Set(input.spaceIds)].sort()) {
    await lockHead(tx, spaceId)
    const { slug, billingZone, closedThrough } = await readPeriods(tx, spaceId)
    if (closedThrough !== null && at < closedThrough) {
      throw new CatalogueRefused(
        'conflict',
        `expected an instant from ${formatInstant(closedThrough)} on, when the last closed month of ${slug} ended, found ${formatInstant(at)}`,
      )
    }
    const openFrom = asOf === null ? null : billingPeriod(asOf, billingZone).start
    if (openFrom !== null && at < openFrom) {
      throw new CatalogueRefused(
        'conflict',
        `expected an instant from ${formatInstant(openFrom)} on, when the open month of ${slug} began, found ${formatInstant(at)}: an earlier month is closing`,
      )
    }
  }
  await tx.query('SET LOCAL lock_timeout = DEFAULT')
}

async function readPeriods(
  tx: PoolClient,
  spaceId: string,
): Promise<{ slug: string; billingZone: string; closedThrough: Instant | null }> {
  const { rows } = await tx.query<{ slug: string; zone: string; closed: string | null }>(
    `SELECT slug, billing_zone AS zone, (SELECT ${microsOf('max(period_end)')} FROM statement WHERE space_id = developer_space.id) AS closed
     FROM developer_space WHERE id = $1`,
    [spaceId],
  )
  const [row] = rows
  if (row === undefined) throw new CatalogueRefused('not_found', 'No such developer space')
  return { slug: row.slug, billingZone: row.zone, closedThrough: row.closed === null ? null : BigInt(row.closed) }
}
