import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { MeterBase } from '@meterbook/core/posting'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** An entry of usage, as far as its cost is added up. Decimal texts; instants in microseconds. */
export interface PostedCost {
  sequence: bigint
  isAdjustment: boolean
  appId: string
  capabilityKey: string
  environment: string
  isExempt: boolean
  start: Instant
  end: Instant
  /** the month of the usage; that whose statement carries it is the one asked for */
  periodStart: Instant
  postedAt: Instant
  quantity: string
  amount: string
  /** by which tier of the price how much was rated */
  parts: { tier: string; quantity: string }[]
  measured: MeterBase[]
}

/**
 * The entries of usage that the statement of one month carries, after a sequence and up to another, in the order of the chain. Entries are never changed: whoever has
 * added some up only asks for those after them.
 */
export async function readPostedCosts(
  db: Pool | PoolClient,
  input: { spaceId: string; billedInStart: Instant; after: bigint; through: bigint; limit: number },
): Promise<PostedCost[]> {
  const { rows } = await db.query<CostRow>({
    name: 'cost-posted',
    text: `SELECT sequence, kind, app_id, capability_key, environment, exempt, ${microsOf('window_start')} AS window_start,
        ${microsOf('window_end')} AS window_end, ${microsOf('period_start')} AS period_start, ${microsOf('posted_at')} AS posted_at,
        canonical::json->>'quantity' AS quantity, canonical::json->>'amount' AS amount, canonical::json->'parts' AS parts,
        canonical::json->'measured' AS measured
      FROM ledger_entry WHERE space_id = $1 AND billed_in_start = $2::timestamptz AND sequence > $3 AND sequence <= $4 AND kind IN ('usage', 'adjustment')
      ORDER BY sequence LIMIT $5`,
    values: [
      input.spaceId,
      formatInstant(input.billedInStart),
      input.after.toString(),
      input.through.toString(),
      input.limit,
    ],
  })
  return rows.map((row) => ({
    sequence: BigInt(row.sequence),
    isAdjustment: row.kind === 'adjustment',
    appId: row.app_id,
    capabilityKey: row.capability_key,
    environment: row.environment,
    isExempt: row.exempt,
    start: BigInt(row.window_start),
    end: BigInt(row.window_end),
    periodStart: BigInt(row.period_start),
    postedAt: BigInt(row.posted_at),
    quantity: row.quantity,
    amount: row.amount,
    parts: row.parts,
    measured: row.measured,
  }))
}

interface CostRow {
  sequence: string
  kind: string
  app_id: string
  capability_key: string
  environment: string
  exempt: boolean
  window_start: string
  window_end: string
  period_start: string
  posted_at: string
  quantity: string
  amount: string
  parts: { tier: string; quantity: string }[]
  measured: MeterBase[]
}

/** Where a space's ledger ends and how many of its statements are issued: while both stay, nothing that is posted has changed. */
export async function readCostStand(
  db: Pool | PoolClient,
  spaceId: string,
): Promise<{ sequence: bigint; closed: Instant[] }> {
  const { rows } = await db.query<{ sequence: string; closed: string[] }>({
    name: 'cost-stand',
    text: `SELECT coalesce((SELECT sequence FROM ledger_head WHERE space_id = $1), 0) AS sequence,
        ARRAY(SELECT (${microsOf('period_start')})::text FROM statement WHERE space_id = $1 ORDER BY period_start) AS closed`,
    values: [spaceId],
  })
  const [row] = rows
  return { sequence: BigInt(row?.sequence ?? 0), closed: (row?.closed ?? []).map(BigInt) }
}

/** The apps that were ever a space's: what each cost stays the space's to see. By name. */
export async function listBilledApps(
  db: Pool | PoolClient,
  spaceId: string,
): Promise<
  { id: string; slug: string; name: string; series: number; shard: number; isOwned: boolean; isArchived: boolean }[]
> {
  const { rows } = await db.query({
    name: 'cost-apps',
    text: `SELECT a.id, a.slug, a.name, a.series, a.shard, a.archived_at IS NOT NULL AS "isArchived",
        a.archived_at IS NULL AND bool_or(o.effective_from <= now() AND (o.effective_to IS NULL OR o.effective_to > now())) AS "isOwned"
      FROM app_ownership o JOIN app a ON a.id = o.app_id WHERE o.space_id = $1 GROUP BY a.id ORDER BY a.name, a.slug`,
    values: [spaceId],
  })
  return rows
}
