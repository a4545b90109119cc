import type { Instant } from '../kernel/instant.ts'
import { earlier, later } from './instant-order.ts'
import { type Window, type WindowSize, windowsBetween } from './tumbling-window.ts'

/**
 * Windows by the clock of a zone that tile [from, to): those of windowsBetween, the first and the last cut to the range; `whole`: the range as one.
 * Empty when from is not before to. Throws RangeError as windowsBetween does.
 */
export function bucketsBetween(from: Instant, to: Instant, size: WindowSize | 'whole', zone: string): Window[] {
  if (from >= to) return []
  if (size === 'whole') return [{ start: from, end: to }]
  return windowsBetween(from, to, size, zone).map(({ start, end }) => ({
    start: later(start, from),
    end: earlier(end, to),
  }))
}
