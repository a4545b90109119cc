import { formatDay, formatDayOnly, formatMonth, formatTime } from '../../format.ts'
import type { ChartModel } from './chart-model.ts'

export type TimeTick = { index: number; label: string }
type Timed = Pick<ChartModel, 'windows' | 'zone' | 'granularity'>

const MINUTE_STRIDES = [5, 10, 15, 30, 60, 120]
const QUARTER_STRIDES = [15, 30, 60, 120, 180, 360, 720]
const HOUR_STRIDES = [1, 2, 3, 6, 12, 24, 48, 72]
const DAY_STRIDES = [1, 2, 3, 7, 14, 28, 56]

const CLOCK_MINUTES = { minute: 1, quarter: 15, hour: 60 }

/** Which windows get a label: those on round local times, at most `most` of them. Midnight and the first of a row carry the date. */
export function timeTicks(model: Timed, most: number): TimeTick[] {
  const { windows, granularity } = model
  if (windows.length === 0) return []
  if (granularity === 'day') return dayTicks(model, strideFor(DAY_STRIDES, windows.length, most))
  if (granularity === 'week' || granularity === 'month') return calendarTicks(model, most)
  const length = CLOCK_MINUTES[granularity]
  const strides = { minute: MINUTE_STRIDES, quarter: QUARTER_STRIDES, hour: HOUR_STRIDES }[granularity]
  return clockTicks(model, strideFor(strides, windows.length * (length < 60 ? length : 1), most))
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

function calendarTicks({ windows, zone, granularity }: Timed, most: number): TimeTick[] {
  const stride = Math.ceil(windows.length / Math.max(1, most))
  return windows.flatMap(({ start }, index) =>
    index % stride === 0
      ? [{ index, label: granularity === 'month' ? formatMonth(start, zone) : formatDay(start, zone) }]
      : [],
  )
}

function clockTicks({ windows, zone, granularity }: Timed, stride: number): TimeTick[] {
  const length = granularity === 'minute' || granularity === 'quarter' ? CLOCK_MINUTES[granularity] : CLOCK_MINUTES.hour
  const ticks: TimeTick[] = []
  let midnights = 0
  for (const [index, { start }] of windows.entries()) {
    const time = formatTime(start, zone)
    const [hour = 0, minute = 0] = time.split(':').map(Number)
    const isMidnight = hour === 0 && minute < length
    if (isMidnight) midnights++
    const unit = length < 60 ? hour * 60 + minute : hour
    const isRound =
      stride > 24 && granularity === 'hour' ? isMidnight && (midnights - 1) % (stride / 24) === 0 : unit % stride === 0
    if (isRound) ticks.push({ index, label: isMidnight ? formatDay(start, zone) : time })
  }
  return ticks
}
