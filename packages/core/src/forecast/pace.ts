import type { Day } from './usage-days.ts'

/** From so many whole days on, weekdays are told apart and misses of the past are known. */
export const LEARNED_DAYS = 14
const SHAPE_WEEKS_MAX = 4
const WEEK = 7
/** A day that has only just begun says nothing of its rate. */
const LEAST_SHARE_OF_DAY = 24n

/** What an account is expected to use on a whole day, by weekday. */
export interface Pace {
  /** by weekday, 0 is Sunday */
  byWeekday: readonly bigint[]
  /** whole days since its first use that this was learned from */
  days: number
}

const NOTHING: Pace = { byWeekday: Array.from({ length: WEEK }, () => 0n), days: 0 }

/**
 * The pace of usage on these days; `running`: the last one's elapsed part, where it is not over. The level is that of the last two weeks, the later one
 * counting twice; the rhythm of weekdays is that of up to four weeks. With fewer days it is their mean, with none the rate of the running one.
 * Days before the first use are no days without use: a new app has not been idle.
 */
export function paceOf(input: {
  days: readonly Day[]
  used: readonly bigint[]
  /** whole days, from the first of `days` */
  whole: number
  running: { elapsed: bigint; length: bigint } | null
}): Pace {
  const { days, used, whole, running } = input
  let first = 0
  while (first < whole && used[first] === 0n) first++
  const known = whole - first
  if (known === 0) return running === null ? NOTHING : runningPace(used[whole] ?? 0n, running)
  if (known < LEARNED_DAYS) return meanPace(used.slice(first, whole))
  return weeklyPace(days, used, { whole, known })
}

function runningPace(quantity: bigint, { elapsed, length }: { elapsed: bigint; length: bigint }): Pace {
  const least = length / LEAST_SHARE_OF_DAY
  const over = elapsed > least ? elapsed : least
  return flat(over === 0n ? 0n : (quantity * length) / over, 0)
}

/** The first day is seldom a whole one, so it is left out as soon as there are others. */
function meanPace(quantities: readonly bigint[]): Pace {
  const counted = quantities.length > 1 ? quantities.slice(1) : quantities
  return flat(sum(counted) / BigInt(counted.length), quantities.length)
}

function weeklyPace(days: readonly Day[], used: readonly bigint[], at: { whole: number; known: number }): Pace {
  const { whole, known } = at
  const weeks = Math.min(SHAPE_WEEKS_MAX, Math.floor(known / WEEK))
  const shape = Array.from({ length: WEEK }, () => 0n)
  for (let index = whole - weeks * WEEK; index < whole; index++) {
    const weekday = days[index]?.weekday ?? 0
    shape[weekday] = (shape[weekday] ?? 0n) + (used[index] ?? 0n)
  }
  const total = sum(shape)
  const level = 2n * sum(used.slice(whole - WEEK, whole)) + sum(used.slice(whole - 2 * WEEK, whole - WEEK))
  if (total === 0n) return { ...NOTHING, days: known }
  return { byWeekday: shape.map((quantity) => (level * quantity) / (3n * total)), days: known }
}

function flat(quantity: bigint, days: number): Pace {
  return { byWeekday: Array.from({ length: WEEK }, () => quantity), days }
}

export function sum(quantities: readonly bigint[]): bigint {
  let total = 0n
  for (const quantity of quantities) total += quantity
  return total
}
