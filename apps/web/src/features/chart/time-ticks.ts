import { formatDay, formatDayOnly, formatTime } from '../../format.ts'
import type { ChartModel } from './chart-model.ts'

export type TimeTick = { index: number; label: string }

const MINUTE_STRIDES = [5, 10, 15, 30, 60, 120]
const HOUR_STRIDES = [1, 2, 3, 6, 12, 24, 48, 72]
const DAY_STRIDES = [1, 2, 3, 7, 14, 28, 56]

/** Which windows get a label: those on round local times, at most `most` of them. Midnight and the first of a row carry the date. */
export function timeTicks(model: Pick<ChartModel, 'windows' | 'zone' | 'granularity'>, most: number): TimeTick[] {
  const { windows, granularity } = model
  if (windows.length === 0) return []
  if (granularity === 'day') return dayTicks(model, strideFor(DAY_STRIDES, windows.length, most))
  const strides = granularity === 'minute' ? MINUTE_STRIDES : HOUR_STRIDES
  return clockTicks(model, strideFor(strides, windows.length, most))
}

function strideFor(strides: number[], count: number, most: number): number {
  return strides.find((stride) => count / stride <= most) ?? Math.ceil(count / Math.max(1, most))
}

function dayTicks({ windows, zone }: Pick<ChartModel, 'windows' | 'zone'>, stride: number): TimeTick[] {
  return windows.flatMap(({ start }, index) => {
    if (index % stride !== 0) return []
    const day = formatDayOnly(start, zone)
    const isNamed = index === 0 || Number(day) <= stride
    return [{ index, label: isNamed ? formatDay(start, zone) : day }]
  })
}

function clockTicks(
  { windows, zone, granularity }: Pick<ChartModel, 'windows' | 'zone' | 'granularity'>,
  stride: number,
): TimeTick[] {
  const ticks: TimeTick[] = []
  let midnights = 0
  for (const [index, { start }] of windows.entries()) {
    const time = formatTime(start, zone)
    const [hour = 0, minute = 0] = time.split(':').map(Number)
    const isMidnight = hour === 0 && minute < (granularity === 'minute' ? 1 : 60)
    if (isMidnight) midnights++
    const unit = granularity === 'minute' ? hour * 60 + minute : hour
    const isRound =
      stride > 24 && granularity === 'hour' ? isMidnight && (midnights - 1) % (stride / 24) === 0 : unit % stride === 0
    if (isRound) ticks.push({ index, label: isMidnight ? formatDay(start, zone) : time })
  }
  return ticks
}
