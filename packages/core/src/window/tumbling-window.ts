import type { Instant } from '../kernel/instant.ts'
import { offsetSecondsAt, offsetSpans } from './zone-offset.ts'

/** `quarter`: of an hour. */
export const WINDOW_SIZES = ['minute', 'quarter', 'hour', 'day', 'week', 'month'] as const
export type WindowSize = (typeof WINDOW_SIZES)[number]

/** Half-open [start, end): an event at `end` belongs to the next window. */
export interface Window {
  start: Instant
  end: Instant
}

/** No answer of ours has more windows than this; a caller who asks for more gets a RangeError, not a full memory. */
export const WINDOWS_MAX = 200_000

const MICROS = 1_000_000n
const DAY = 86_400
const CLOCK_SECONDS = { minute: 60, quarter: 900, hour: 3600 } as const
/** Days are counted from 1970-01-01, a Thursday; weeks begin on Mondays, as in ISO 8601. */
const MONDAY = -3

/**
 * The start of the window that holds `instant`.
 *
 * Minutes, quarters and hours follow the zone's minute hand: in Kathmandu (+05:45) hours begin at :15 UTC. A clock change of whole hours leaves
 * them whole (the repeated hour of autumn is two windows); one that moves the minute hand, as Lord Howe's half hour, ends a window early.
 * Days begin at the first instant of the local date, which is not midnight where midnight does not exist, and last 23 to 25 hours.
 * Weeks and months begin at the first instant of their first day, a week's being a Monday.
 * Throws RangeError for an unknown zone.
 */
export function windowStart(instant: Instant, size: WindowSize, zone: string): Instant {
  return toInstant(boundsAround(secondOf(instant), size, zone).start)
}

/** The end of the window that holds `instant`, which is the start of the next one. Throws RangeError for an unknown zone. */
export function windowEnd(instant: Instant, size: WindowSize, zone: string): Instant {
  return toInstant(boundsAround(secondOf(instant), size, zone).end)
}

/**
 * All windows that share at least an instant with [from, to), ascending and contiguous; the first and the last may reach beyond it.
 * Empty when from is not before to. Throws RangeError for an unknown zone or more than WINDOWS_MAX windows.
 */
export function windowsBetween(from: Instant, to: Instant, size: WindowSize, zone: string): Window[] {
  const windows: Window[] = []
  for (const run of windowRuns(from, to, size, zone)) {
    if (windows.length + run.count > WINDOWS_MAX)
      throw new RangeError(`More than ${WINDOWS_MAX} ${size} windows between the bounds`)
    for (let index = 0; index < run.count; index++) {
      const start = run.first + index * run.step
      windows.push({ start: toInstant(start), end: toInstant(start + run.step) })
    }
  }
  return windows
}

/** `count` windows of `step` seconds each, the first of which begins `first` seconds after the epoch. */
export interface WindowRun {
  first: number
  step: number
  count: number
}

/**
 * The windows of windowsBetween as runs of equal length: arithmetic that a database can do by itself, so that its windows are ours by
 * construction. A year of minutes is one run in most zones, a year of days three, a year of months at most twelve. Throws RangeError
 * for an unknown zone or more than WINDOWS_MAX windows of a day or a month.
 */
export function windowRuns(from: Instant, to: Instant, size: WindowSize, zone: string): WindowRun[] {
  if (from >= to) return []
  const [first, last] = [secondOf(from), secondOf(to - 1n)]
  return size === 'day' || size === 'week' || size === 'month'
    ? calendarRuns(first, last, size, zone)
    : clockRuns(first, last, CLOCK_SECONDS[size], zone)
}

function clockRuns(first: number, last: number, length: number, zone: string): WindowRun[] {
  const runs: WindowRun[] = []
  const [start, end] = [clockBounds(first, length, zone).start, clockBounds(last, length, zone).end]
  const spans = alignments(start, end, length, zone)
  for (const [index, { from, residue }] of spans.entries()) {
    const until = spans[index + 1]?.from ?? end
    // where the minute hand moved, the windows on either side of the change are shorter
    const aligned = Math.min(until, Math.ceil((from + residue) / length) * length - residue)
    if (aligned > from) runs.push({ first: from, step: aligned - from, count: 1 })
    const count = Math.floor((until - aligned) / length)
    if (count > 0) runs.push({ first: aligned, step: length, count })
    const rest = aligned + count * length
    if (until > rest) runs.push({ first: rest, step: until - rest, count: 1 })
  }
  return runs
}

function calendarRuns(first: number, last: number, size: 'day' | 'week' | 'month', zone: string): WindowRun[] {
  const runs: WindowRun[] = []
  let windows = 0
  for (let second = first; second <= last; windows++) {
    if (windows === WINDOWS_MAX) throw new RangeError(`More than ${WINDOWS_MAX} ${size} windows between the bounds`)
    const { start, end } = boundsAround(second, size, zone)
    const run = runs.at(-1)
    if (run?.step === end - start) run.count++
    else runs.push({ first: start, step: end - start, count: 1 })
    second = end
  }
  return runs
}

/** Windows of the clock begin where (second + residue) is a multiple of their length. */
interface Alignment {
  from: number
  residue: number
}

interface Bounds {
  start: number
  end: number
}

function boundsAround(second: number, size: WindowSize, zone: string): Bounds {
  if (size === 'day') return dayBounds(second, zone)
  if (size === 'week') return weekBounds(second, zone)
  if (size === 'month') return monthBounds(second, zone)
  return clockBounds(second, CLOCK_SECONDS[size], zone)
}

function clockBounds(second: number, length: number, zone: string): Bounds {
  const residue = modulo(offsetSecondsAt(second, zone), length)
  const start = Math.floor((second + residue) / length) * length - residue
  const around = alignments(start, start + length, length, zone)
  if (around.length === 1) return { start, end: start + length }
  let bounds: Bounds = { start, end: start + length }
  for (const span of around) {
    if (span.from <= second) bounds = { start: Math.max(span.from, start), end: bounds.end }
    else return { start: bounds.start, end: Math.min(span.from, bounds.end) }
  }
  return bounds
}

function alignments(from: number, to: number, length: number, zone: string): Alignment[] {
  const found: Alignment[] = []
  for (const span of offsetSpans(from, to, zone)) {
    const residue = modulo(span.offset, length)
    if (found.at(-1)?.residue !== residue) found.push({ from: span.from, residue })
  }
  return found
}

/** The local date is not enough: where the clock falls back over midnight, the evening is repeated after the next date has begun. */
function dayBounds(second: number, zone: string): Bounds {
  let day = Math.floor((second + offsetSecondsAt(second, zone)) / DAY)
  let start = firstSecondOf(day, zone)
  let next = firstSecondOf(day + 1, zone)
  while (next <= second || next === start) {
    day++
    start = next
    next = firstSecondOf(day + 1, zone)
  }
  return { start, end: next }
}

function weekBounds(second: number, zone: string): Bounds {
  const day = Math.floor((second + offsetSecondsAt(second, zone)) / DAY)
  let monday = day - modulo(day - MONDAY, 7)
  let start = firstSecondOf(monday, zone)
  let next = firstSecondOf(monday + 7, zone)
  while (next <= second) {
    monday += 7
    start = next
    next = firstSecondOf(monday + 7, zone)
  }
  return { start, end: next }
}

function monthBounds(second: number, zone: string): Bounds {
  const date = new Date((second + offsetSecondsAt(second, zone)) * 1000)
  let month = date.getUTCFullYear() * 12 + date.getUTCMonth()
  let start = firstSecondOf(firstDayOf(month), zone)
  let next = firstSecondOf(firstDayOf(month + 1), zone)
  while (next <= second) {
    month++
    start = next
    next = firstSecondOf(firstDayOf(month + 1), zone)
  }
  return { start, end: next }
}

/** The earliest second whose local time is on or after midnight of the local day (days since 1970-01-01). */
function firstSecondOf(day: number, zone: string): number {
  const midnight = day * DAY
  // no clock is further than a day from UTC, and Samoa and the Philippines once skipped a whole day
  const spans = offsetSpans(midnight - 3 * DAY, midnight + 3 * DAY, zone)
  for (const [index, span] of spans.entries()) {
    const candidate = Math.max(span.from, midnight - span.offset)
    const end = spans[index + 1]?.from ?? Number.POSITIVE_INFINITY
    if (candidate < end) return candidate
  }
  throw new RangeError(`Zone ${zone} has no start of day ${day}`)
}

function firstDayOf(month: number): number {
  const date = new Date(0)
  date.setUTCFullYear(Math.floor(month / 12), modulo(month, 12), 1)
  return date.getTime() / 86_400_000
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

function secondOf(instant: Instant): number {
  const second = instant / MICROS
  return Number(instant % MICROS < 0n ? second - 1n : second)
}

function toInstant(second: number): Instant {
  return BigInt(second) * MICROS
}
