import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** An account of a space: an app's capability in a month, which `periodStart` (microseconds) names. */
export interface AccountKey {
  appId: string
  capabilityKey: string
  periodStart: Instant
}

/** What was posted of one meter version; Σ base, exact decimal text. */
export interface PostedBase {
  meter: string
  version: number
  base: string
  divisor: string
}

/**
 * What entries of an account add up to: those of one account-window, or, with `environment` null, those of all windows between two cuts that
 * were not asked for one by one. Then `start` and `end` are those of one of them.
 */
export interface PostedRow extends AccountKey {
  environment: string | null
  isExempt: boolean
  start: Instant
  end: Instant
  /** of the first entry, decimal text */
  firstSequence: string
  /** without what adds up to nothing */
  measured: PostedBase[]
  /** of the last entry; empty where there are several windows */
  entitlements: string[]
  /** Σ amount, exact decimal text */
  amount: string
}

/**
 * Everything posted of accounts of a space: the windows that begin at `starts` each by itself, the others added up between `cuts` (ascending). To
 * be read under the lock of the ledger's head by whoever wants to post the difference.
 */
export async function readPosted(
  client: Pool | PoolClient,
  input: {
    spaceId: string
    accounts: readonly AccountKey[]
    starts: readonly Instant[]
    cuts: readonly Instant[]
    /** Only entries that are true of the journal of their shard up to this number, or an earlier one; left out: all. */
    journalThrough?: bigint
  },
): Promise<PostedRow[]> {
  const { spaceId, accounts, starts, cuts, journalThrough } = input
  if (accounts.length === 0) return []
  const { rows } = await client.query<StoredRow>({
    name: 'settlement-posted',
    text: POSTED,
    values: [
      spaceId,
      ...accountValues(accounts),
      starts.map(formatInstant),
      // An array without elements is not one that a bucket can be found in.
      cuts.length === 0 ? ['infinity'] : cuts.map(formatInstant),
      journalThrough?.toString() ?? null,
    ],
  })
  return rows.map((row) => ({
    ...accountOf(row),
    environment: row.is_asked ? row.environment : null,
    isExempt: row.exempt,
    start: BigInt(row.window_start),
    end: BigInt(row.window_end),
    firstSequence: row.first,
    measured: row.measured ?? [],
    entitlements: row.is_asked ? row.entitlements : [],
    amount: row.amount,
  }))
}

const KEY = 'app_id, capability_key, period_start, exempt, is_asked, environment, place, segment'

// Sums of bases are numeric: exact, whatever their length.
const POSTED = `WITH accounts AS (SELECT * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS a (app_id, capability_key, period_start)),
  entries AS (
    SELECT app_id, capability_key, period_start, e.exempt, e.sequence, e.amount, e.window_start, e.window_end,
      e.window_start = ANY($5::timestamptz[]) AS is_asked,
      CASE WHEN e.window_start = ANY($5::timestamptz[]) THEN e.environment ELSE '' END AS environment,
      CASE WHEN e.window_start = ANY($5::timestamptz[]) THEN tstzrange(e.window_start, e.window_end) ELSE 'empty' END AS place,
      width_bucket(e.window_start, $6::timestamptz[]) AS segment,
      e.canonical::jsonb->'measured' AS measured,
      CASE WHEN e.window_start = ANY($5::timestamptz[]) THEN e.canonical::jsonb->'entitlements' END AS entitlements
    FROM accounts a JOIN ledger_entry e USING (app_id, capability_key, period_start)
    WHERE e.space_id = $1::uuid AND e.kind IN ('usage', 'adjustment') AND ($7::bigint IS NULL OR e.journal_last <= $7::bigint)
  ),
  bases AS (
    SELECT ${KEY}, m->>'meter' AS meter, (m->>'version')::int AS version, m->>'divisor' AS divisor, sum((m->>'base')::numeric) AS base
    FROM entries, jsonb_array_elements(measured) m GROUP BY ${KEY}, meter, version, divisor
  ),
  measured AS (
    SELECT ${KEY}, jsonb_agg(jsonb_build_object('meter', meter, 'version', version, 'divisor', divisor, 'base', trim_scale(base)::text)
      ORDER BY meter, version, divisor) AS measured
    FROM bases WHERE base <> 0 GROUP BY ${KEY}
  ),
  totals AS (
    SELECT ${KEY}, min(sequence) AS first, min(window_start) AS window_start, min(window_end) AS window_end,
      trim_scale(sum(amount))::text AS amount, (array_agg(entitlements ORDER BY sequence DESC))[1] AS entitlements
    FROM entries GROUP BY ${KEY}
  )
  SELECT app_id, capability_key, ${microsOf('period_start')} AS period_start, exempt, is_asked, environment, ${microsOf('window_start')} AS window_start,
    ${microsOf('window_end')} AS window_end, first, amount, entitlements, measured
  FROM totals LEFT JOIN measured USING (${KEY})
  ORDER BY app_id, capability_key, period_start, window_start, window_end, environment, exempt`

/** By which prices an account's entries were rated, and where its windows begin. */
export interface RatedAccount {
  /** `version`: the instant from which it is in force in its book */
  prices: { bookId: string; version: Instant }[]
  starts: Instant[]
}

/** What entries of an account say of how they were rated. */
export async function readRatedBy(
  client: Pool | PoolClient,
  input: { spaceId: string; account: AccountKey },
): Promise<RatedAccount> {
  const { appId, capabilityKey, periodStart } = input.account
  const values = [input.spaceId, appId, capabilityKey, formatInstant(periodStart)]
  const account = `space_id = $1::uuid AND app_id = $2::uuid AND capability_key = $3 AND period_start = $4::timestamptz AND kind IN ('usage', 'adjustment')`
  const prices = await client.query<{ book: string; version: string }>({
    name: 'settlement-rated-by',
    text: `SELECT DISTINCT part->>'priceBook' AS book, ${microsOf("(part->>'version')::timestamptz")} AS version
      FROM ledger_entry, jsonb_array_elements(canonical::jsonb->'parts') part WHERE ${account} AND part->>'version' IS NOT NULL`,
    values,
  })
  const starts = await client.query<{ start: string }>({
    name: 'settlement-starts',
    text: `SELECT DISTINCT ${microsOf('window_start')} AS start FROM ledger_entry WHERE ${account}`,
    values,
  })
  return {
    prices: prices.rows.map(({ book, version }) => ({ bookId: book, version: BigInt(version) })),
    starts: starts.rows.map(({ start }) => BigInt(start)),
  }
}

/** A window of an account that has an entry. */
export interface PostedPlace extends AccountKey {
  spaceId: string
  environment: string
  isExempt: boolean
  start: Instant
  end: Instant
}

/**
 * Windows of these apps and capabilities that begin in [from, to) and have entries, in any space that ever owned them: what was measured there may
 * be gone, or another space's now. A month is shorter than 32 days, so older ones need no look.
 */
export async function findPostedPlaces(
  client: Pool | PoolClient,
  input: { appIds: readonly string[]; capabilityKeys: readonly string[]; from: Instant; to: Instant },
): Promise<PostedPlace[]> {
  const { rows } = await client.query<StoredPlace & { space_id: string }>({
    name: 'settlement-posted-places',
    text: `SELECT DISTINCT e.space_id, e.app_id, e.capability_key, ${microsOf('e.period_start')} AS period_start, e.environment, e.exempt,
        ${microsOf('e.window_start')} AS window_start, ${microsOf('e.window_end')} AS window_end
      FROM (SELECT DISTINCT space_id, app_id FROM app_ownership WHERE app_id = ANY($1::uuid[])) owned
        JOIN ledger_entry e ON e.space_id = owned.space_id AND e.app_id = owned.app_id
      WHERE e.capability_key = ANY($2::text[]) AND e.period_start > $3::timestamptz - interval '32 days'
        AND e.period_start < $4::timestamptz AND e.window_start >= $3::timestamptz AND e.window_start < $4::timestamptz
        AND e.kind IN ('usage', 'adjustment')`,
    values: [input.appIds, input.capabilityKeys, formatInstant(input.from), formatInstant(input.to)],
  })
  return rows.map((row) => ({
    ...accountOf(row),
    spaceId: row.space_id,
    environment: row.environment,
    isExempt: row.exempt,
    start: BigInt(row.window_start),
    end: BigInt(row.window_end),
  }))
}

/** Starts of the months of a space whose statement is closed, ascending. */
export async function listClosedPeriods(client: Pool | PoolClient, spaceId: string): Promise<Instant[]> {
  const { rows } = await client.query<{ start: string }>({
    name: 'settlement-closed',
    text: `SELECT ${microsOf('period_start')} AS start FROM statement WHERE space_id = $1 ORDER BY period_start`,
    values: [spaceId],
  })
  return rows.map(({ start }) => BigInt(start))
}

interface StoredPlace {
  app_id: string
  capability_key: string
  period_start: string
  environment: string
  exempt: boolean
  window_start: string
  window_end: string
}

interface StoredRow extends StoredPlace {
  is_asked: boolean
  first: string
  amount: string
  entitlements: string[]
  measured: PostedBase[] | null
}

function accountValues(accounts: readonly AccountKey[]): string[][] {
  return [
    accounts.map(({ appId }) => appId),
    accounts.map(({ capabilityKey }) => capabilityKey),
    accounts.map(({ periodStart }) => formatInstant(periodStart)),
  ]
}

function accountOf(row: StoredPlace): AccountKey {
  return { appId: row.app_id, capabilityKey: row.capability_key, periodStart: BigInt(row.period_start) }
}
