import {
  canonicalZone,
  offsetSecondsAt,
  type Window,
  type WindowSize,
  windowEnd,
  windowStart,
  windowsBetween,
} from '@meterbook/core/window'
import type { Granularity } from '../../features/usage/usage-view.ts'
import { type Compare, GRANULARITIES, type ViewAddress } from '../../features/usage/view-address.ts'

/** Microseconds since 1970, as in core. */
type Instant = bigint

export type Period = {
  from: Instant
  to: Instant
  zone: string
  granularity: Granularity
  granularities: Granularity[]
  windows: Window[]
  compare: Compare
  /** False: the address has no range of its own that is one, and this is another. */
  isAsked: boolean
  /** Compared with: as long as has elapsed of this one, before it, or the same a week or a year ago. */
  previous: { from: Instant; to: Instant }
}

/** More points than this make a chart slow and no clearer. */
export const POINTS_MAX = 400
export const PERIOD_DAYS_MAX = 400

const SECOND = 1_000_000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE
const DAY = 24n * HOUR
/** The shortest that each can be, clock changes apart. */
const LENGTHS: Record<Granularity, bigint> = {
  minute: MINUTE,
  quarter: 15n * MINUTE,
  hour: HOUR,
  day: DAY,
  week: 7n * DAY,
  month: 28n * DAY,
}

/**
 * What an address means at `now`, in whole windows of the zone: the last hour in minutes, the last 24 hours in hours, the last 7 or 30 days
 * in whole days, a month, or two ends of one's own. An unknown zone is the billing zone; ends that make no range, or one of more than
 * PERIOD_DAYS_MAX days, are the last 24 hours.
 */
export function resolvePeriod(input: { address: ViewAddress; now: Instant; billingZone: string }): Period {
  const { address, now } = input
  const zone = canonicalZone(address.zone ?? input.billingZone) ?? canonicalZone(input.billingZone) ?? 'UTC'
  const { from, to, isAsked = true } = boundsOf(address, now, zone)
  const granularities = GRANULARITIES.filter((size) => isDrawable(from, to, size))
  const granularity = granularities.find((size) => size === address.granularity) ?? automatic(from, to, granularities)
  return {
    from,
    to,
    zone,
    granularity,
    granularities,
    windows: windowsBetween(from, to, granularity, zone),
    compare: address.compare,
    isAsked,
    previous: previousOf({ address, now, zone, from, to }),
  }
}

type Bounds = { from: Instant; to: Instant; isAsked?: boolean }

function boundsOf(address: ViewAddress, now: Instant, zone: string): Bounds {
  const last = (size: WindowSize, length: bigint): Bounds => {
    const to = windowEnd(now, size, zone)
    return { from: windowStart(to - length, size, zone), to }
  }
  switch (address.range) {
    case '1h':
      return last('minute', HOUR)
    case '24h':
      return last('hour', DAY)
    case '7d':
      return lastDays(now, 7, zone)
    case '30d':
      return lastDays(now, 30, zone)
    case 'month': {
      const inside = (address.month && zonedInstant(`${address.month}-15`, zone)) || now
      return { from: windowStart(inside, 'month', zone), to: windowEnd(inside, 'month', zone) }
    }
    case 'custom': {
      const from = address.from ? zonedInstant(address.from, zone) : null
      const to = address.to ? zonedInstant(address.to, zone) : null
      const isRange = from !== null && to !== null && from < to && to - from <= BigInt(PERIOD_DAYS_MAX) * DAY
      return isRange ? { from, to } : { ...last('hour', DAY), isAsked: false }
    }
  }
}

/** Whole days of the zone, today being the last; a day may have 23 to 25 hours, so they are counted and not multiplied. */
function lastDays(now: Instant, days: number, zone: string): Bounds {
  let from = windowStart(now, 'day', zone)
  for (let back = 1; back < days; back++) from = windowStart(from - 1n, 'day', zone)
  return { from, to: windowEnd(now, 'day', zone) }
}

function isDrawable(from: Instant, to: Instant, size: Granularity): boolean {
  const points = (to - from) / LENGTHS[size]
  return points >= (LENGTHS[size] > DAY ? 2n : 1n) && points <= BigInt(POINTS_MAX)
}

/** The finest that leaves marks wide enough to tell apart. */
function automatic(from: Instant, to: Instant, choices: Granularity[]): Granularity {
  const length = to - from
  const wanted: Granularity = length <= 6n * HOUR ? 'minute' : length <= 8n * DAY ? 'hour' : 'day'
  return choices.find((size) => size === wanted) ?? choices.at(-1) ?? wanted
}

function previousOf({
  address,
  now,
  zone,
  from,
  to,
}: Bounds & { address: ViewAddress; now: Instant; zone: string }): Bounds {
  // the elapsed part, in whole minutes, because rollups know nothing finer
  const elapsedEnd = now < to ? now - (now % MINUTE) + MINUTE : to
  const elapsed = elapsedEnd > from ? elapsedEnd - from : 0n
  if (address.compare === 'week' || address.compare === 'year') {
    const start = sameClock(from, address.compare, zone)
    return { from: start, to: start + elapsed }
  }
  const start = address.range === 'month' ? windowStart(from - 1n, 'month', zone) : from - (to - from)
  const end = start + elapsed
  return { from: start, to: end < from ? end : from }
}

/** When the zone's clocks showed the same time a week ago, or on the same date a year ago. */
function sameClock(instant: Instant, back: 'week' | 'year', zone: string): Instant {
  const second = Number(instant / SECOND)
  const local = new Date((second + offsetSecondsAt(second, zone)) * 1000)
  if (back === 'week') local.setUTCDate(local.getUTCDate() - 7)
  else local.setUTCFullYear(local.getUTCFullYear() - 1)
  return zonedInstant(local.toISOString().slice(0, 16), zone) ?? instant
}

/**
 * The instant at which the zone's clocks show this local time: the first, where they show it twice; just after the gap, where they never do.
 * Null if the text is no date.
 */
export function zonedInstant(local: string, zone: string): Instant | null {
  const asUtc = Date.parse(`${local.length === 10 ? `${local}T00:00` : local}:00Z`) / 1000
  if (!Number.isFinite(asUtc)) return null
  const candidates = [asUtc - 86_400, asUtc + 86_400].map((around) => asUtc - offsetSecondsAt(around, zone))
  const exact = candidates.filter((second) => second + offsetSecondsAt(second, zone) === asUtc)
  return BigInt(exact.length > 0 ? Math.min(...exact) : Math.max(...candidates)) * SECOND
}
