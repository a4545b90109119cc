import { formatInstant, type Instant, QUANTITY_SCALE } from '@meterbook/core/kernel'
import { AMOUNT_SCALE, amountText, quantityText, scaledOf } from '@meterbook/core/rating'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'
import {
  type AccountKey,
  accountOf,
  accountValues,
  addBase,
  entriesOfAccounts,
  type PostedQuestion,
  type PostedTotal,
  readPostedTotals,
  type StoredAccount,
  segmentOf,
  type TotalBase,
} from './settlement-store-totals.ts'

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
 * be read under the lock of the ledger's head by whoever wants to post the difference. `totals`: of the same accounts and cuts, where the caller has
 * them already; then nothing is read but the windows asked for.
 */
export async function readPosted(
  client: Pool | PoolClient,
  input: PostedQuestion & {
    starts: readonly Instant[]
    cuts: readonly Instant[]
    totals?: readonly PostedTotal[]
  },
): Promise<PostedRow[]> {
  if (input.accounts.length === 0) return []
  const windows = await readPostedWindows(client, input)
  const rest = restOf(input.totals ?? (await readPostedTotals(client, input)), windows, input.cuts)
  return [...windows, ...rest].sort(inOrder)
}

/** Only the windows that begin at `starts`. */
export async function readPostedWindows(
  client: Pool | PoolClient,
  input: PostedQuestion & { starts: readonly Instant[] },
): Promise<(PostedRow & { environment: string })[]> {
  const { spaceId, accounts, starts, journalThrough } = input
  const { rows } = await client.query<StoredEntryRow>({
    name: 'settlement-posted-windows',
    text: WINDOWS,
    values: [spaceId, ...accountValues(accounts), starts.map(formatInstant), journalThrough?.toString() ?? null],
  })
  const windows = new Map<string, PostedRow & { environment: string; bases: TotalBase[]; scaled: bigint }>()
  for (const row of rows) {
    const key = [
      row.app_id,
      row.period_start,
      row.window_start,
      row.window_end,
      row.exempt,
      row.capability_key,
      row.environment,
    ].join(' ')
    const { measured, entitlements } = JSON.parse(row.canonical) as { measured: PostedBase[]; entitlements: string[] }
    const window = windows.get(key) ?? {
      ...accountOf(row),
      environment: row.environment,
      isExempt: row.exempt,
      start: BigInt(row.window_start),
      end: BigInt(row.window_end),
      firstSequence: row.sequence,
      measured: [],
      entitlements,
      amount: '0',
      bases: [],
      scaled: 0n,
    }
    for (const { base, ...of } of measured) addBase(window.bases, { ...of, base: scaledOf(base, QUANTITY_SCALE) })
    window.scaled += scaledOf(row.amount, AMOUNT_SCALE)
    window.entitlements = entitlements
    windows.set(key, window)
  }
  return [...windows.values()].map(({ bases, scaled, ...window }) => ({
    ...window,
    measured: basesOf(bases),
    amount: amountText(scaled),
  }))
}

/** The totals without the windows that stand by themselves. */
function restOf(totals: readonly PostedTotal[], windows: readonly PostedRow[], cuts: readonly Instant[]): PostedRow[] {
  const rests = new Map<string, PostedTotal>()
  const keyOf = (of: AccountKey & { isExempt: boolean }, segment: number) =>
    [of.appId, of.periodStart, of.isExempt, segment, of.capabilityKey].join(' ')
  for (const total of totals)
    rests.set(keyOf(total, total.segment), { ...total, bases: total.bases.map((base) => ({ ...base })) })
  for (const window of windows) {
    const rest = rests.get(keyOf(window, segmentOf(cuts, window.start)))
    if (rest === undefined) throw new Error('expected the entries of a window among those of its account')
    rest.amount -= scaledOf(window.amount, AMOUNT_SCALE)
    for (const { base, ...of } of window.measured) addBase(rest.bases, { ...of, base: -scaledOf(base, QUANTITY_SCALE) })
  }
  return [...rests.values()]
    .map(({ bases, segment: _, amount, ...place }) => ({
      ...place,
      environment: null,
      firstSequence: '0',
      measured: basesOf(bases),
      entitlements: [],
      amount: amountText(amount),
    }))
    .filter(({ measured, amount }) => measured.length > 0 || amount !== '0')
}

function basesOf(bases: readonly TotalBase[]): PostedBase[] {
  return bases
    .filter(({ base }) => base !== 0n)
    .map(({ base, ...of }) => ({ ...of, base: quantityText(base) }))
    .sort((a, b) => compare(a.meter, b.meter) || a.version - b.version || compare(a.divisor, b.divisor))
}

function inOrder(a: PostedRow, b: PostedRow): number {
  return (
    compare(a.appId, b.appId) ||
    compare(a.capabilityKey, b.capabilityKey) ||
    compare(a.periodStart, b.periodStart) ||
    compare(a.start, b.start) ||
    compare(a.end, b.end) ||
    compare(a.environment ?? '', b.environment ?? '') ||
    Number(a.isExempt) - Number(b.isExempt)
  )
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

// The texts are read by who asked: what is asked for one by one is little, and Postgres takes longer to read JSON twice.
const WINDOWS = `SELECT app_id, capability_key, ${microsOf('period_start')} AS period_start, exempt, environment, ${microsOf('window_start')} AS window_start,
    ${microsOf('window_end')} AS window_end, sequence, amount, canonical
  FROM (${entriesOfAccounts('e.exempt, e.environment, e.window_start, e.window_end, e.sequence, e.amount, e.canonical', 'e.window_start = ANY($5::timestamptz[])')}) found
  ORDER BY sequence`

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
        CROSS JOIN unnest($2::text[]) AS asked (capability_key) CROSS JOIN LATERAL (
          SELECT * FROM ledger_entry e WHERE e.space_id = owned.space_id AND e.app_id = owned.app_id AND e.capability_key = asked.capability_key
            AND e.period_start > $3::timestamptz - interval '32 days' AND e.period_start < $4::timestamptz
            AND e.window_start >= $3::timestamptz AND e.window_start < $4::timestamptz AND e.kind IN ('usage', 'adjustment') OFFSET 0
        ) e`,
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

interface StoredEntryRow extends StoredPlace {
  sequence: string
  amount: string
  canonical: string
}

interface StoredPlace extends StoredAccount {
  environment: string
  exempt: boolean
  window_start: string
  window_end: string
}
