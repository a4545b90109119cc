import type { Instant } from '@meterbook/core/kernel'
import { idleWatermark, type Window, windowState } from '@meterbook/core/window'
import { LATE_MS } from '../../features/live/freshness.ts'
import type { BucketState } from '../../features/usage/usage-view.ts'

/** A projection less far behind is at work, not in trouble: a window just over is not yet called unavailable. Microseconds. */
const ORDINARY_LAG_MICROS = BigInt(LATE_MS) * 1000n

/**
 * What a page says of a window. `through`: everything received before it has been projected, so nothing received before it is waiting, and
 * the watermark follows it as it follows the clock of an idle shard. When a window is over and when it is final, core says.
 */
export function bucketState(window: Window, at: { now: Instant; through: Instant }): BucketState {
  if (window.start >= at.now) return 'ahead'
  const isBehind = at.now - at.through > ORDINARY_LAG_MICROS
  if (isBehind && window.end > at.through) return 'unavailable'
  return windowState(window.end, idleWatermark(null, at.through))
}
