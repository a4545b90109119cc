import type { BucketState } from '../../features/usage/usage-view.ts'

/** Late events count until this long after a window's end. */
export const ALLOWED_LATENESS_MS = 48 * 60 * 60 * 1000
/** A projection this far behind is at work, not in trouble: a window just over is not yet called unavailable. */
export const ORDINARY_LAG_MS = 60_000

/** All in milliseconds since 1970. `through`: everything received before it has been projected. */
export function bucketState(window: { start: number; end: number }, at: { now: number; through: number }): BucketState {
  if (window.start >= at.now) return 'ahead'
  const isBehind = at.now - at.through > ORDINARY_LAG_MS
  if (isBehind && window.end > at.through) return 'unavailable'
  if (window.end > at.now) return 'open'
  return at.through - window.end >= ALLOWED_LATENESS_MS ? 'final' : 'settling'
}
