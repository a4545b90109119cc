import { formatInstant, type Instant } from '../kernel/index.ts'

const MICROS_PER_DAY = 86_400_000_000n
/** 2000-01-01T00:00:00Z: earlier usage is a broken clock, and each month before it would be a partition of its own. */
const EARLIEST: Instant = 946_684_800_000_000n
/** Clients that plan ahead send up to a month early; a clock further off is wrong. */
export const EVENT_AHEAD_DAYS_MAX = 31n
const AHEAD_MICROS_MAX = EVENT_AHEAD_DAYS_MAX * MICROS_PER_DAY

export interface EventTimeFault {
  code: 'time_too_old' | 'time_in_future'
  detail: string
}

/** Null when an event may be counted at that time. */
export function eventTimeFault(at: Instant, receivedAt: Instant): EventTimeFault | null {
  if (at < EARLIEST) {
    return {
      code: 'time_too_old',
      detail: `expected a time since ${formatInstant(EARLIEST)}, found ${formatInstant(at)}`,
    }
  }
  if (at > receivedAt && at > receivedAt + AHEAD_MICROS_MAX) {
    return {
      code: 'time_in_future',
      detail: `expected a time at most ${EVENT_AHEAD_DAYS_MAX} days after receipt at ${formatInstant(receivedAt)}, found ${formatInstant(at)}`,
    }
  }
  return null
}
