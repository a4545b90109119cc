import { formatInstant, fromScaled, type Instant } from '@meterbook/core/kernel'
import {
  arrivalOf,
  DISORDER_MICROS,
  idleWatermark,
  type WindowSize,
  windowEnd,
  windowStart,
  windowState,
} from '@meterbook/core/window'
import type { ShardReach } from '@meterbook/db/postgres'

const ZONE = 'UTC'
const SIZES: readonly WindowSize[] = ['minute', 'hour', 'day', 'month']
const MICROS_DIGITS = 6

/**
 * The windows that hold an event, and how late it came. The watermark as it stood when the event came is not kept; it was at most the
 * receipt less the bound of disorder, so that `stateAtReceipt` is the strictest that it can have met.
 */
export function eventWindows(input: { at: Instant; receivedAt: Instant; reach: ShardReach; now: Instant }) {
  const { at, receivedAt, reach, now } = input
  const isIdle = reach.projected === reach.journaled && !reach.isRebuilding
  const watermark = isIdle ? idleWatermark(reach.watermark, now) : reach.watermark
  return {
    windows: SIZES.map((size) => {
      const end = windowEnd(at, size, ZONE)
      const arrival = arrivalOf({ at, windowEnd: end, watermark: receivedAt - DISORDER_MICROS })
      return {
        size,
        zone: ZONE,
        start: formatInstant(windowStart(at, size, ZONE)),
        end: formatInstant(end),
        state: windowState(end, watermark),
        stateAtReceipt: arrival.state,
      }
    }),
    /** Seconds from when it happened to when it was received; 0 for one that came before its own time. */
    secondsLate: fromScaled(receivedAt > at ? receivedAt - at : 0n, MICROS_DIGITS),
  }
}
