import type { Instant } from '../kernel/instant.ts'
import { earlier, later } from './instant-order.ts'

/**
 * Event time: how far a shard's usage is thought to be complete, and what that makes of a window.
 *
 * The watermark is a claim about time: usage from before it is expected to have come. It is a fold over the events projected, so a
 * rebuild finds the same one, however the journal was cut into groups. It never goes back. What comes in spite of it is late: counted
 * all the same, in a window whose state says so.
 */

/** Events of one shard come out of order by this much in the ordinary course of things: two minutes, in microseconds. */
export const DISORDER_MICROS = 120_000_000n

/** From a window's end until it is final: 48 hours, in microseconds. */
export const ALLOWED_LATENESS_MICROS = 172_800_000_000n

/**
 * The watermark after these events, in microseconds; null while there was none. An event that claims the future moves it no further
 * than its receipt: one wrong clock must not close everybody's windows.
 */
export function advanceWatermark(
  previous: Instant | null,
  events: Iterable<{ at: Instant; receivedAt: Instant }>,
): Instant | null {
  let latest = previous === null ? null : previous + DISORDER_MICROS
  for (const { at, receivedAt } of events) {
    const seen = earlier(at, receivedAt)
    if (latest === null || seen > latest) latest = seen
  }
  return latest === null ? null : latest - DISORDER_MICROS
}

/**
 * The idle rule: with nothing waiting, silence means that nothing was used, and the watermark follows the clock less the bound. `asOf` must
 * have been read BEFORE it was found that nothing waits, or an event taken in between would be behind a watermark that had not seen it.
 */
export function idleWatermark(previous: Instant | null, asOf: Instant): Instant {
  const followed = asOf - DISORDER_MICROS
  return previous === null ? followed : later(previous, followed)
}

/** open: usage is still coming. settling: over, but late usage changes it. final: what comes now is an adjustment. */
export type WindowState = 'open' | 'settling' | 'final'

/** The state of a window that ends (exclusive) at `end`. It only ever moves on, because the watermark does. */
export function windowState(
  end: Instant,
  watermark: Instant | null,
  allowedLatenessMicros: bigint = ALLOWED_LATENESS_MICROS,
): WindowState {
  if (watermark === null || end > watermark) return 'open'
  return watermark < end + allowedLatenessMicros ? 'settling' : 'final'
}

/** How an event met the window it belongs to. */
export interface Arrival {
  /** microseconds behind the watermark; 0 is in time */
  lateMicros: bigint
  /** the window's state when the event came */
  state: WindowState
}

/** `watermark`: as it stood before the event. An event can be late and its window still be open. */
export function arrivalOf(input: {
  at: Instant
  windowEnd: Instant
  watermark: Instant | null
  allowedLatenessMicros?: bigint
}): Arrival {
  const { at, windowEnd, watermark } = input
  return {
    lateMicros: watermark !== null && at < watermark ? watermark - at : 0n,
    state: windowState(windowEnd, watermark, input.allowedLatenessMicros),
  }
}
