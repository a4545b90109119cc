const MICROS = 1_000_000n
const QUARTER = 900n * MICROS
export const HOUR = 3600n * MICROS
export const DAY = 24n * HOUR
/** 2000-01-01: the run's catalogue is in force since then. Microseconds since 1970, as every instant of the run. */
export const FIRST = 946_684_800n * MICROS

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, bigint>()

/** How far the zone's clock is ahead of UTC, in microseconds. Clocks change on quarters of an hour only (since 1972). */
export function offsetAt(at: bigint, zone: string): bigint {
  const quarter = at - modulo(at, QUARTER)
  const key = `${zone} ${quarter}`
  let offset = offsets.get(key)
  if (offset === undefined) {
    offset = localOf(quarter, zone) - quarter
    offsets.set(key, offset)
  }
  return offset
}

/** The start of the hour, day or month of the zone's clock that holds the instant. The hour repeated in autumn is two hours. */
export function windowOf(at: bigint, size: 'hour' | 'day' | 'month', zone: string): bigint {
  const offset = offsetAt(at, zone)
  const local = at + offset
  if (size === 'hour') return at - modulo(local, HOUR)
  const midnight = size === 'day' ? local - modulo(local, DAY) : firstOfMonth(local)
  // the offset may have been another at midnight
  const start = midnight - offsetAt(midnight - offset, zone)
  return midnight - offsetAt(start, zone)
}

/** RFC 3339 with microseconds, in UTC. */
export function instantText(at: bigint): string {
  const seconds = at - modulo(at, MICROS)
  const fraction = modulo(at, MICROS).toString().padStart(6, '0')
  return `${new Date(Number(seconds / 1000n)).toISOString().slice(0, 19)}.${fraction}Z`
}

/** An instant as `instantText` writes it, or with fewer digits after the second. */
export function instantOf(text: string): bigint {
  const match = /^(.{19})(?:\.(\d{1,6}))?Z$/.exec(text)
  if (match === null) throw new RangeError(`expected an instant, found ${text}`)
  const [, seconds, fraction = ''] = match
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0'))
}

export function modulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by
}

function firstOfMonth(local: bigint): bigint {
  const date = new Date(Number(local / 1000n))
  return BigInt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)) * 1000n
}

/** What the zone's clock shows, read as if it were UTC. */
function localOf(at: bigint, zone: string): bigint {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const shown = Object.fromEntries(
    format.formatToParts(new Date(Number(at / 1000n))).map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return BigInt(Date.UTC(year, month - 1, day, hour, minute, second)) * 1000n
}
