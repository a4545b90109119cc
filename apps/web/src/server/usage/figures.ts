import type { Aggregation } from '@meterbook/core/kernel'
import { compareDecimals, divideDecimals, multiplyDecimals, subtractDecimals } from '@meterbook/core/kernel'
import type { ChangeView, Figures, Quantity, UsageWindow } from '../../features/usage/usage-view.ts'
import type { Measured } from './read-measured.ts'

const PERCENT_DIGITS = 1
const ADDS_UP: readonly Aggregation[] = ['SUM', 'COUNT', 'UNIQUE_COUNT', 'TIME_WEIGHTED']

/** Nothing measured is 0 where things are counted or added up, and unknown where a peak or a mean of nothing would have to be named. */
export function valueOfNothing(aggregation: Aggregation): Quantity {
  return ADDS_UP.includes(aggregation) ? '0' : null
}

/** Lays measured values along the windows. A window that is ahead or unavailable has no value, even if some events were counted in it. */
export function alongWindows(input: {
  windows: readonly UsageWindow[]
  measured: readonly Measured[]
  aggregation: Aggregation
}): Quantity[] {
  const byStart = new Map(input.measured.map((point) => [point.windowStart, point.value]))
  return input.windows.map(({ start, state }) => {
    if (state === 'ahead' || state === 'unavailable') return null
    return byStart.get(start) ?? valueOfNothing(input.aggregation)
  })
}

export function figuresOf(input: {
  aggregation: Aggregation
  windows: readonly UsageWindow[]
  series: readonly Measured[]
  total: Measured | undefined
  /** Null where nothing is compared. */
  previous: Measured | undefined | null
}): Figures {
  const total = input.total?.value ?? valueOfNothing(input.aggregation)
  const previous = input.previous === null ? null : (input.previous?.value ?? valueOfNothing(input.aggregation))
  const values = alongWindows({ windows: input.windows, measured: input.series, aggregation: input.aggregation })
  // half a period against a whole one would look like a fall
  const isWhole = input.windows.every(({ state }) => state !== 'unavailable')
  return { total, previous, change: isWhole ? changeOf(total, previous) : null, values }
}

/** The difference to an earlier quantity; null where either is unknown. */
export function changeOf(total: Quantity, previous: Quantity): ChangeView | null {
  if (total === null || previous === null) return null
  const absolute = subtractDecimals(total, previous)
  if (compareDecimals(previous, '0') === 0) {
    return { absolute, percent: null, direction: compareDecimals(total, '0') === 0 ? 'same' : 'new' }
  }
  const percent = divideDecimals(multiplyDecimals(absolute, '100'), previous, PERCENT_DIGITS)
  const sign = compareDecimals(absolute, '0')
  return { absolute, percent, direction: sign > 0 ? 'up' : sign < 0 ? 'down' : 'same' }
}

/** Percent of the whole, one decimal; null where parts do not add up to it, or there is no whole. */
export function shareOf(part: Quantity, whole: Quantity): string | null {
  if (part === null || whole === null || compareDecimals(whole, '0') <= 0) return null
  return divideDecimals(multiplyDecimals(part, '100'), whole, PERCENT_DIGITS)
}
