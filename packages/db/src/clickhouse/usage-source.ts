import type { WindowRun } from '@meterbook/core/window'

/**
 * The three tables that hold the same usage. The hour rollup is read when every edge asked for lies on an hour of UTC, the minute rollup
 * when on a minute; usage records answer everything, and alone know subjects, dimensions, order and the microsecond.
 */
export type UsageSource = 'rollup_hour' | 'rollup_minute' | 'usage_records'

const HOUR_MICROS = 3_600_000_000n
const MINUTE_MICROS = 60_000_000n

/** The cheapest table whose rows never straddle one of the edges; `runs` null: one window over the whole range. */
export function usageSourceOf(input: {
  edges: readonly (bigint | undefined)[]
  runs: readonly WindowRun[] | null
  finest: UsageSource
}): UsageSource {
  const marks = input.edges.filter((edge) => edge !== undefined)
  for (const run of input.runs ?? []) {
    marks.push(BigInt(run.first) * 1_000_000n)
    // a run of one window is followed by a run that begins at its end, or ends where the range did
    if (run.count > 1) marks.push(BigInt(run.step) * 1_000_000n)
  }
  if (input.finest === 'usage_records') return 'usage_records'
  if (input.finest === 'rollup_hour' && marks.every((mark) => mark % HOUR_MICROS === 0n)) return 'rollup_hour'
  return marks.every((mark) => mark % MINUTE_MICROS === 0n) ? 'rollup_minute' : 'usage_records'
}

/**
 * The same measures from each table; rollups are read with their merging functions, for parts may not be merged yet. Counts and sums are
 * net of what was reversed. Extremes and distinct values are not: where `reversals` is not 0 they may be those of usage that is no longer
 * in force, and have to be read again, from the records in force.
 */
export function usageColumns(source: UsageSource): {
  micros: string
  count: string
  sum: string
  min: string
  max: string
  unique: string
  reversals: string
} {
  if (source === 'usage_records') {
    return {
      micros: 'toUnixTimestamp64Micro(u.at)',
      count: 'sum(toInt64(u.sign))',
      sum: 'sumIf(u.quantity, u.sign = 1) - sumIf(u.quantity, u.sign = -1)',
      min: 'min(u.quantity)',
      max: 'max(u.quantity)',
      unique: "uniqExactIf(u.unique_value, u.unique_value != '')",
      reversals: 'countIf(u.sign = -1)',
    }
  }
  return {
    micros: 'toInt64(toUnixTimestamp(u.t)) * 1000000',
    count: 'sum(u.count)',
    sum: 'sum(u.sum)',
    min: 'min(u.min)',
    max: 'max(u.max)',
    unique: 'uniqExactMerge(u.uniq)',
    reversals: 'sum(u.reversals)',
  }
}

/**
 * What leaves only the records in force: those that were written and not reversed. A reversal is a copy of the record it reverses, so the
 * same conditions find both or neither; there are few of them, and their entries make a small set. Both looks at the table are one
 * statement and one snapshot of it, so a replacement is never seen beside what it replaces.
 */
export function inForce(conditions: readonly string[]): string[] {
  const entry = '(u.shard, u.entry_batch, u.entry_pos, u.meter)'
  const reversed = [...conditions, 'u.sign = -1'].join(' AND ')
  return [...conditions, 'u.sign = 1', `${entry} NOT IN (SELECT ${entry} FROM usage_records AS u WHERE ${reversed})`]
}

/** DateTime64(6) ends in 2299; earlier and later bounds say the same. */
const FIRST_MICROS = -2_208_988_800_000_000n
const LAST_MICROS = 10_413_791_999_000_000n
/** DateTime ends in 2106. */
const LAST_SECOND = 4_294_967_295n

/** Conditions on the time column that the sort key can use, [from, to). Binds `from` and `to`. */
export function timeBounds(
  source: UsageSource,
  from: bigint | undefined,
  to: bigint | undefined,
): { conditions: string[]; params: Record<string, unknown> } {
  const isRecords = source === 'usage_records'
  const bind = (instant: bigint): bigint =>
    isRecords ? clamp(instant, FIRST_MICROS, LAST_MICROS) : clamp(ceilSecond(instant), 0n, LAST_SECOND)
  const cast = (name: string): string =>
    isRecords ? `fromUnixTimestamp64Micro({${name}:Int64}, 'UTC')` : `toDateTime({${name}:UInt32}, 'UTC')`
  const column = isRecords ? 'u.at' : 'u.t'
  const conditions: string[] = []
  const params: Record<string, unknown> = {}
  if (from !== undefined) {
    conditions.push(`${column} >= ${cast('from')}`)
    params.from = bind(from)
  }
  if (to !== undefined) {
    conditions.push(`${column} < ${cast('to')}`)
    params.to = bind(to)
  }
  return { conditions, params }
}

/** A rollup's row counts if it begins before the end of the range, be that a fraction of a second later. */
function ceilSecond(instant: bigint): bigint {
  const second = instant / 1_000_000n
  return instant % 1_000_000n > 0n ? second + 1n : second
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  if (value < least) return least
  if (value > most) return most
  return value
}
