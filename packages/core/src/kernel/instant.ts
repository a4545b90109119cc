/**
 * A moment in UTC, in MICROSECONDS since 1970-01-01T00:00:00Z. A bigint, because a double holds microseconds exactly
 * only until the year 2255, and because nothing should be able to add a fraction to a moment by accident.
 */
export type Instant = bigint

/** `format`: not RFC 3339. `range`: RFC 3339 in form, but no such moment (30 February, 24:00, year 10000 in UTC). */
export type InstantFault = 'format' | 'range'
export type InstantResult = { ok: true; value: Instant } | { ok: false; code: InstantFault }

const MICROS_PER_MS = 1000n
const MICROS_PER_SECOND = 1_000_000n
const MS_PER_DAY = 86_400_000
/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z, in milliseconds: what four-digit years can write. */
const FIRST_MS = -62_167_219_200_000
const LAST_MS = 253_402_300_799_999

const FORMAT_FAULT: InstantResult = { ok: false, code: 'format' }
const RANGE_FAULT: InstantResult = { ok: false, code: 'range' }

/**
 * Reads an RFC 3339 timestamp. Fractions beyond the microsecond are cut, never rounded: rounding could carry usage
 * into the next month. A leap second is kept as the last microsecond of its own minute, for the same reason.
 * Not Date.parse, which rolls 30 February into March and takes a missing offset for local time.
 */
export function parseInstant(text: string): InstantResult {
  // "YYYY-MM-DDTHH:MM:SS" and at least "Z"
  if (text.length < 20) return FORMAT_FAULT
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  const t = text.charCodeAt(10)
  if (
    year < 0 ||
    month < 0 ||
    day < 0 ||
    hour < 0 ||
    minute < 0 ||
    second < 0 ||
    text.charCodeAt(4) !== DASH ||
    text.charCodeAt(7) !== DASH ||
    (t !== UPPER_T && t !== LOWER_T) ||
    text.charCodeAt(13) !== COLON ||
    text.charCodeAt(16) !== COLON
  ) {
    return FORMAT_FAULT
  }
  let at = 19
  let fraction = 0
  if (text.charCodeAt(at) === DOT) {
    let weight = 100_000
    const from = ++at
    for (let c = text.charCodeAt(at); c >= ZERO && c <= NINE; c = text.charCodeAt(++at)) {
      fraction += (c - ZERO) * weight
      weight = Math.floor(weight / 10)
    }
    if (at === from) return FORMAT_FAULT
  }
  const offset = offsetMinutes(text, at)
  if (typeof offset === 'string') return offset === 'format' ? FORMAT_FAULT : RANGE_FAULT
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return RANGE_FAULT
  if (hour > 23 || minute > 59 || second > 60) return RANGE_FAULT
  const isLeapSecond = second === 60
  const ms =
    daysFromCivil(year, month, day) * MS_PER_DAY +
    ((hour * 60 + minute - offset) * 60 + (isLeapSecond ? 59 : second)) * 1000
  if (ms < FIRST_MS || ms > LAST_MS) return RANGE_FAULT
  if (isLeapSecond) {
    return endsUtcMonth(ms) ? { ok: true, value: BigInt(ms) * MICROS_PER_MS + 999_999n } : RANGE_FAULT
  }
  return { ok: true, value: microsFrom(ms, fraction) }
}

/** RFC 3339 in UTC with 0 or up to 6 fraction digits and no trailing zeros: `2026-07-01T12:00:00.5Z`. */
export function formatInstant(instant: Instant): string {
  const micros = ((instant % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND
  const seconds = new Date(Number((instant - micros) / MICROS_PER_MS)).toISOString().slice(0, -5)
  if (micros === 0n) return `${seconds}Z`
  return `${seconds}.${micros.toString().padStart(6, '0').replace(/0+$/, '')}Z`
}

/** Milliseconds since the epoch (an integer, as the clock gives it) to an Instant. */
export function instantFromMs(ms: number): Instant {
  return BigInt(ms) * MICROS_PER_MS
}

/** Whole milliseconds since the epoch, rounded towards the past. */
export function instantToMs(instant: Instant): number {
  const remainder = ((instant % MICROS_PER_MS) + MICROS_PER_MS) % MICROS_PER_MS
  return Number((instant - remainder) / MICROS_PER_MS)
}

const ZERO = 48
const NINE = 57
const DASH = 45
const PLUS = 43
const COLON = 58
const DOT = 46
const UPPER_T = 84
const LOWER_T = 116
const UPPER_Z = 90
const LOWER_Z = 122

function digits(text: string, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const c = text.charCodeAt(i)
    if (!(c >= ZERO && c <= NINE)) return -1
    value = value * 10 + (c - ZERO)
  }
  return value
}

function offsetMinutes(text: string, at: number): number | InstantFault {
  const sign = text.charCodeAt(at)
  if (sign === UPPER_Z || sign === LOWER_Z) return text.length === at + 1 ? 0 : 'format'
  if ((sign !== PLUS && sign !== DASH) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON) return 'format'
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + 4, 2)
  if (hours < 0 || minutes < 0) return 'format'
  if (hours > 23 || minutes > 59) return 'range'
  return (sign === DASH ? -1 : 1) * (hours * 60 + minutes)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; a year begins in March, so leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function endsUtcMonth(ms: number): boolean {
  const next = ms + 1000
  return next % MS_PER_DAY === 0 && new Date(next).getUTCDate() === 1
}

/** One bigint is made where a double is exact (years 1685 to 2255), since this runs once for every event. */
function microsFrom(ms: number, fraction: number): Instant {
  const micros = ms * 1000 + fraction
  return Number.isSafeInteger(micros) ? BigInt(micros) : BigInt(ms) * MICROS_PER_MS + BigInt(fraction)
}
