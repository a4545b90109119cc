import type { Instant } from '../kernel/instant.ts'
import { earlier, later } from './instant-order.ts'
import { type Window, windowsBetween } from './tumbling-window.ts'

/** What a chart is cut into. `quarter`: fifteen minutes. `week`: from Monday on. `whole`: the range itself. */
export const BUCKET_SIZES = ['minute', 'quarter', 'hour', 'day', 'week', 'month', 'whole'] as const
export type BucketSize = (typeof BUCKET_SIZES)[number]

const QUARTER = 900_000_000n
const ZONES_MAX = 600
const weekdays = new Map<string, Intl.DateTimeFormat>()

/**
 * Buckets that tile [from, to) by the clock of a zone, ascending; the first and the last are cut to the range. Quarters are those of the zone's hours.
 * Empty when from is not before to. Throws RangeError as windowsBetween does.
 */
export function bucketsBetween(from: Instant, to: Instant, size: BucketSize, zone: string): Window[] {
  if (from >= to) return []
  return tiles(from, to, size, zone).map(({ start, end }) => ({ start: later(start, from), end: earlier(end, to) }))
}

function tiles(from: Instant, to: Instant, size: BucketSize, zone: string): Window[] {
  switch (size) {
    case 'whole':
      return [{ start: from, end: to }]
    case 'quarter':
      return windowsBetween(from, to, 'hour', zone)
        .flatMap(quartersOf)
        .filter(({ start, end }) => start < to && end > from)
    case 'week':
      return weeksOf(windowsBetween(from, to, 'day', zone), zone)
    default:
      return windowsBetween(from, to, size, zone)
  }
}

function quartersOf({ start, end }: Window): Window[] {
  const quarters: Window[] = []
  for (let at = start; at < end; at += QUARTER) quarters.push({ start: at, end: earlier(at + QUARTER, end) })
  return quarters
}

function weeksOf(days: readonly Window[], zone: string): Window[] {
  const weeks: Window[] = []
  for (const { start, end } of days) {
    const last = weeks.at(-1)
    if (last === undefined || isMonday(start, end, zone)) weeks.push({ start, end })
    else last.end = end
  }
  return weeks
}

/** By the local date at the middle of the day, which a change of the clock does not reach. */
function isMonday(start: Instant, end: Instant, zone: string): boolean {
  const name = weekdays.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short' })
  if (weekdays.size < ZONES_MAX) weekdays.set(zone, name)
  return name.format(new Date(Number((start + (end - start) / 2n) / 1000n))) === 'Mon'
}
