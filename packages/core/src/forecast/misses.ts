import { LEARNED_DAYS, paceOf, sum } from './pace.ts'
import type { Account, Day } from './usage-days.ts'

/** Factors are parts in a million: ONE is "came as expected". */
export const ONE = 1_000_000n
const FACTOR_MAX = 4n * ONE
/** Something came where nothing was expected. */
const FROM_NOTHING = 2n * ONE
const MOMENTS_MAX = 42
/** An account with fewer moments of its own says little of how far it can miss. */
const MOMENTS_LEAST = 7

interface Misses {
  /** past moments from which the same forecast was made again: for each account, what came ÷ what was expected */
  moments: bigint[][]
  /** how many of them share no day with each other, at least 1; whole number, rounded down */
  apart: number
  /** whether enough of them say something of the account at this place */
  isKnown(account: number): boolean
  /** what the account's usage came to in the middle of them: where it grows, more than its pace */
  middleOf(account: number): bigint
}

/**
 * How far the pace was off in the past, over `horizon` days or as many as there is history for; a shorter look is stretched by the root of the
 * difference, as misses that come and go grow. All accounts of a moment stand together, so that a week in which all of them rose is one in which the
 * sum rose. An account that was new at a moment, or not there, says nothing of it.
 */
export function missesOf(input: {
  days: readonly Day[]
  accounts: readonly Account[]
  whole: number
  horizon: number
}): Misses {
  const { days, accounts, whole, horizon } = input
  const firsts = accounts.map(({ used }) => used.findIndex((quantity) => quantity > 0n))
  const begun = Math.min(whole, ...firsts.filter((first) => first >= 0))
  const room = whole - begun - LEARNED_DAYS
  const span = Math.min(horizon, Math.floor(room / 2))
  if (span < 1) return { moments: [], apart: 1, isKnown: () => false, middleOf: () => ONE }
  const stretch = BigInt(Math.round(Math.sqrt(horizon / span) * Number(ONE)))
  const last = whole - span
  const origins = Array.from({ length: Math.min(MOMENTS_MAX, room - span + 1) }, (_, back) => last - back)
  const informed = accounts.map(() => 0)
  const moments = origins.map((origin) =>
    accounts.map(({ used }, index) => {
      const first = firsts[index] ?? -1
      if (first < 0 || origin - first < LEARNED_DAYS) return ONE
      informed[index] = (informed[index] ?? 0) + 1
      const { byWeekday } = paceOf({ days, used, whole: origin, running: null })
      const stretchOfDays = days.slice(origin, origin + span)
      const expected = sum(stretchOfDays.map(({ weekday }) => byWeekday[weekday] ?? 0n))
      const came = sum(used.slice(origin, origin + span))
      return stretched(factorOf(came, expected), stretch)
    }),
  )
  const isKnown = (index: number) => (informed[index] ?? 0) >= MOMENTS_LEAST
  // the later moments are those that say something of an account that is newer than others
  const middleOf = (index: number) =>
    isKnown(index) ? medianOf(moments.slice(0, informed[index]).map((factors) => factors[index] ?? ONE)) : ONE
  return { moments, apart: Math.max(1, Math.floor(moments.length / span)), isKnown, middleOf }
}

function factorOf(came: bigint, expected: bigint): bigint {
  if (expected === 0n) return came === 0n ? ONE : FROM_NOTHING
  const factor = (came * ONE) / expected
  return factor > FACTOR_MAX ? FACTOR_MAX : factor
}

function medianOf(factors: readonly bigint[]): bigint {
  const sorted = factors.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? ONE
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2n
}

function stretched(factor: bigint, by: bigint): bigint {
  const moved = ONE + ((factor - ONE) * by) / ONE
  return moved < 0n ? 0n : moved
}
