import { formatInstant, type Instant, QUANTITY_SCALE } from '@meterbook/core/kernel'
import { AMOUNT_SCALE, scaledOf } from '@meterbook/core/rating'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** An account of a space: an app's capability in a month, which `periodStart` (microseconds) names. */
export interface AccountKey {
  appId: string
  capabilityKey: string
  periodStart: Instant
}

/**
 * What all entries of an account add up to between two cuts, exempt usage apart. Sums as whole numbers: `base` at QUANTITY_SCALE, `amount` at
 * AMOUNT_SCALE. `start` and `end` are those of one of its windows.
 */
export interface PostedTotal extends AccountKey {
  isExempt: boolean
  /** How many of the cuts are at or before its windows. */
  segment: number
  start: Instant
  end: Instant
  bases: TotalBase[]
  amount: bigint
}

export interface TotalBase {
  meter: string
  version: number
  divisor: string
  base: bigint
}

export interface PostedQuestion {
  spaceId: string
  accounts: readonly AccountKey[]
  /** Only entries that are true of the journal of their shard up to this number, or an earlier one; left out: all. */
  journalThrough?: bigint
}

/** What each of the accounts comes to, all of its entries read once. */
export async function readPostedTotals(
  client: Pool | PoolClient,
  input: PostedQuestion & { cuts: readonly Instant[] },
): Promise<PostedTotal[]> {
  const { spaceId, accounts, cuts, journalThrough } = input
  if (accounts.length === 0) return []
  const { rows } = await client.query<StoredTotal>({
    name: 'settlement-posted-totals',
    text: TOTALS,
    values: [
      spaceId,
      ...accountValues(accounts),
      // An array without elements is not one that a bucket can be found in.
      cuts.length === 0 ? ['infinity'] : cuts.map(formatInstant),
      journalThrough?.toString() ?? null,
    ],
  })
  const totals = new Map<string, PostedTotal>()
  for (const row of rows) {
    const key = [row.app_id, row.period_start, row.exempt, row.segment, row.capability_key].join(' ')
    if (row.meter === null) {
      const [start, end] = [BigInt(row.window_start), BigInt(row.window_end)]
      const place = { ...accountOf(row), isExempt: row.exempt, segment: row.segment, start, end }
      totals.set(key, { ...place, bases: [], amount: scaledOf(row.value, AMOUNT_SCALE) })
      continue
    }
    const { meter, version, divisor } = row
    totals.get(key)?.bases.push({ meter, version, divisor, base: scaledOf(row.value, QUANTITY_SCALE) })
  }
  return [...totals.values()]
}

/** How many of the cuts, ascending, are at or before an instant. */
export function segmentOf(cuts: readonly Instant[], at: Instant): number {
  let count = 0
  while (count < cuts.length && (cuts[count] as Instant) <= at) count++
  return count
}

/** Adds a base to those of the same meter version and divisor. */
export function addBase(bases: TotalBase[], more: TotalBase): void {
  const same = bases.find(
    ({ meter, version, divisor }) => meter === more.meter && version === more.version && divisor === more.divisor,
  )
  if (same === undefined) bases.push({ ...more })
  else same.base += more.base
}

/**
 * SQL that two questions share: entries of the accounts asked for. Binds $1 to $4 and $6. Account by account, by the index on them: of a ledger that
 * was never analysed Postgres would rather read all of a space's entries.
 */
export function entriesOfAccounts(columns: string, condition = 'true'): string {
  return `SELECT a.app_id, a.capability_key, a.period_start, ${columns}
    FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS a (app_id, capability_key, period_start) CROSS JOIN LATERAL (
      SELECT * FROM ledger_entry e WHERE e.space_id = $1::uuid AND e.app_id = a.app_id AND e.capability_key = a.capability_key AND e.period_start = a.period_start
        AND ${condition} AND e.kind IN ('usage', 'adjustment') AND ($6::bigint IS NULL OR e.journal_last <= $6::bigint) OFFSET 0
    ) e`
}

const KEY = 'app_id, capability_key, period_start, exempt, segment'
// Sums of bases are numeric: exact, whatever their length. Amounts first, so that each total is there before its bases come.
const TOTALS = `WITH entries AS MATERIALIZED (
    ${entriesOfAccounts(`e.exempt, e.amount, e.window_start, e.window_end, width_bucket(e.window_start, $5::timestamptz[]) AS segment, e.canonical::jsonb->'measured' AS measured`)}
  ),
  sums AS (
    SELECT ${KEY}, NULL::text AS meter, NULL::int AS version, NULL::text AS divisor, sum(amount) AS value,
      min(window_start) AS window_start, min(window_end) AS window_end
    FROM entries GROUP BY ${KEY}
    UNION ALL
    SELECT ${KEY}, m->>'meter', (m->>'version')::int, m->>'divisor', sum((m->>'base')::numeric), NULL, NULL
    FROM entries, jsonb_array_elements(measured) m GROUP BY ${KEY}, m->>'meter', (m->>'version')::int, m->>'divisor'
  )
  SELECT app_id, capability_key, ${microsOf('period_start')} AS period_start, exempt, segment, meter, version, divisor, trim_scale(value)::text AS value,
    ${microsOf('window_start')} AS window_start, ${microsOf('window_end')} AS window_end
  FROM sums ORDER BY meter NULLS FIRST, version, divisor`

/** Accounts of a space that something was posted to after a sequence, and up to another one. */
export async function listPostedSince(
  client: Pool | PoolClient,
  input: { spaceId: string; after: bigint; through: bigint },
): Promise<AccountKey[]> {
  const { rows } = await client.query<StoredAccount>({
    name: 'settlement-posted-since',
    text: `SELECT DISTINCT app_id, capability_key, ${microsOf('period_start')} AS period_start FROM ledger_entry
      WHERE space_id = $1::uuid AND sequence > $2 AND sequence <= $3 AND kind IN ('usage', 'adjustment')`,
    values: [input.spaceId, input.after.toString(), input.through.toString()],
  })
  return rows.map(accountOf)
}

type StoredTotal = StoredAccount & { exempt: boolean; window_start: string; window_end: string } & {
  segment: number
  value: string
} & ({ meter: null } | { meter: string; version: number; divisor: string })

export interface StoredAccount {
  app_id: string
  capability_key: string
  period_start: string
}

export function accountValues(accounts: readonly AccountKey[]): string[][] {
  return [
    accounts.map(({ appId }) => appId),
    accounts.map(({ capabilityKey }) => capabilityKey),
    accounts.map(({ periodStart }) => formatInstant(periodStart)),
  ]
}

export function accountOf(row: StoredAccount): AccountKey {
  return { appId: row.app_id, capabilityKey: row.capability_key, periodStart: BigInt(row.period_start) }
}
