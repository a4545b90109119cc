import type { Instant } from '../kernel/index.ts'

const MINUTE = 60_000_000n
const HOUR = 60n * MINUTE
const DAY = 24n * HOUR
const WEEK = 7n * DAY

/** So many missing events are no chance: at a steady rate none would come once in some ten million millions of times. */
const MISSING_LEAST = 30
/** A restart, a deploy, a batch every few minutes. */
const GAP_LEAST = 15n * MINUTE
const WEEKS_MAX = 4
const DAYS_MAX = 7
const WEEKS_LEAST = 2
const DAYS_LEAST = 3

/** Events that an app sent in one hour of UTC; hours without any may be left out. */
export interface HourCount {
  start: Instant
  count: number
}

/** An app that usually speaks at this time and does not. */
interface Silence {
  since: Instant
  /** events that it would have sent meanwhile, at the least */
  missing: number
  /** of the same hours before, at the least; one decimal */
  usualPerMinute: number
}

/**
 * Whether an app has fallen silent. `last`: when anything of it was last received; `hours`: what it sent before, up to four weeks back. What is usual for
 * an hour is the LEAST of the same hours of the week, of at least two weeks; where there are none, the least of the same hours of the day, of at least
 * three days. So an app that rests at night or on Sundays is not silent then, and one that never spoke regularly is not silent at all. null: not silent,
 * or not known well enough.
 */
export function silenceOf(input: { now: Instant; last: Instant | null; hours: readonly HourCount[] }): Silence | null {
  const { now, last } = input
  if (last === null || now - last < GAP_LEAST) return null
  const counts = new Map(input.hours.map(({ start, count }) => [start, count]))
  const first = input.hours.reduce<Instant | null>(
    (least, { start }) => (least === null || start < least ? start : least),
    null,
  )
  if (first === null) return null
  let missing = 0
  let minutes = 0
  for (let hour = last - (last % HOUR); hour < now; hour += HOUR) {
    const from = hour > last ? hour : last
    const to = hour + HOUR < now ? hour + HOUR : now
    const usual = usualOf(counts, { hour, first, last })
    if (usual === null) continue
    missing += (usual * Number(to - from)) / Number(HOUR)
    minutes += Number(to - from) / Number(MINUTE)
  }
  if (missing < MISSING_LEAST) return null
  return { since: last, missing: Math.floor(missing), usualPerMinute: Math.round((missing / minutes) * 10) / 10 }
}

/** Hours since the app was last heard are no example of what is usual. */
function usualOf(
  counts: ReadonlyMap<Instant, number>,
  at: { hour: Instant; first: Instant; last: Instant },
): number | null {
  const examples = (step: bigint, most: number) => {
    const found: number[] = []
    for (let back = 1; found.length < most && back <= most * 2; back++) {
      const hour = at.hour - BigInt(back) * step
      if (hour < at.first) break
      if (hour + HOUR <= at.last) found.push(counts.get(hour) ?? 0)
    }
    return found
  }
  const weeks = examples(WEEK, WEEKS_MAX)
  if (weeks.length >= WEEKS_LEAST) return Math.min(...weeks)
  const days = examples(DAY, DAYS_MAX)
  return days.length >= DAYS_LEAST ? Math.min(...days) : null
}
