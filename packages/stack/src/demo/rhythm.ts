import type { CastApp } from './cast.ts'
import { randomFrom } from './seeded-random.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const NIGHT = 0.3
const NOON_GAIN = 1.4
const NOON_HOUR = 13.5
const NOON_WIDTH_HOURS = 4.2
/** Thursday first: 1970-01-01 was one. */
const WEEK = [1, 0.94, 0.42, 0.38, 0.98, 1.04, 1.06]
/** What the curves above come to on average, so that activity is around 1. */
const MEAN = 0.734 * 0.831

const BURST_PROBABILITY = 0.04
const BURST_GAIN = 1.9
const BURST_FIRST_HOUR = 18
const BURST_HOURS = 3

/**
 * How busy an app is at a moment, around 1 over the weeks: its customers' day and week, a slow wave of growth and decline, and now
 * and then a busy evening. A function of the moment alone, so that history sent twice, or filled in later, is the same history.
 */
export function activityOf(app: CastApp, atMs: number): number {
  const localMs = atMs + app.zoneHours * HOUR_MS
  const day = Math.floor(localMs / DAY_MS)
  const hour = (localMs - day * DAY_MS) / HOUR_MS
  const fromNoon = Math.abs(hour - NOON_HOUR)
  const distance = Math.min(fromNoon, 24 - fromNoon) / NOON_WIDTH_HOURS
  const dayShape = NIGHT + NOON_GAIN * Math.exp(-distance * distance)
  const weekShape = WEEK[day % 7] ?? 1
  return ((dayShape * weekShape) / MEAN) * trendOf(app, atMs) * burstOf(app, { day, hour })
}

/** The slow wave alone: 1 - depth to 1 + depth. */
export function trendOf({ trend }: CastApp, atMs: number): number {
  return 1 + trend.depth * Math.sin(2 * Math.PI * (atMs / DAY_MS / trend.days + trend.phase))
}

function burstOf(app: CastApp, { day, hour }: { day: number; hour: number }): number {
  if (hour < BURST_FIRST_HOUR || hour >= BURST_FIRST_HOUR + BURST_HOURS) return 1
  return randomFrom(`${app.slug} burst ${day}`).isTrue(BURST_PROBABILITY) ? BURST_GAIN : 1
}
