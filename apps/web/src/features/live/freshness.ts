import { formatClock, formatDuration } from '../../format.ts'
import type { FreshnessView } from '../usage/usage-view.ts'

/** Beyond this a figure says that it is delayed, and a window that is over is not told: so soon that every page says so within a minute. */
export const LATE_MS = 45_000
export const BANNER_MS = 10 * 60_000

export type FreshnessWords = { state: 'fresh' | 'late' | 'lost' | 'paused'; text: string; needsBanner: boolean }

/** `sinceReadMs`: how long ago this browser got the answer, by its own clock, so that a wrong clock cannot make old data look new. */
export function freshnessWords(input: {
  freshness: FreshnessView
  sinceReadMs: number
  isPaused: boolean
  hasFailed: boolean
  zone: string
}): FreshnessWords {
  const { freshness, zone } = input
  const clock = formatClock(freshness.through, zone)
  const age = formatDuration(freshness.lagMs + Math.max(0, input.sinceReadMs))
  if (input.isPaused) return { state: 'paused', text: `Paused at ${clock}`, needsBanner: false }
  if (input.hasFailed) return { state: 'lost', text: `No answer, shown as of ${clock}`, needsBanner: false }
  if (freshness.lagMs > LATE_MS) {
    return { state: 'late', text: `Delayed: through ${clock}, ${age} behind`, needsBanner: freshness.lagMs > BANNER_MS }
  }
  return { state: 'fresh', text: `Through ${clock}, ${age} ago`, needsBanner: false }
}
