/**
 * The offset of a zone's clock from UTC, read from the runtime's own IANA data.
 *
 * Asking Intl costs about 2 µs, and a chart asks thousands of times; so the changes of offset are found once per zone and
 * stretch of 400 days and remembered. The memory is a pure function of (zone, stretch): forgetting it changes no answer.
 */

const STRETCH_SECONDS = 400 * 86_400
const PROBE_SECONDS = 86_400
/** Forget everything beyond this many stretches: a caller who walks through all zones and centuries must not fill the memory. */
const STRETCHES_MAX = 20_000

/** From `from` (seconds since the epoch) on, the zone's clock is `offset` seconds ahead of UTC, until the next span begins. */
export interface OffsetSpan {
  from: number
  offset: number
}

const formatters = new Map<string, Intl.DateTimeFormat>()
const stretches = new Map<string, Map<number, OffsetSpan[]>>()
let stretchCount = 0

/**
 * The one name under which we know a zone (`asia/kathmandu` and `Asia/Katmandu` are the same), or null if it is none.
 * Names of the IANA database only: a bare offset such as `+05:30` is not a zone, it has no rules.
 */
export function canonicalZone(name: string): string | null {
  if (!/^[A-Za-z]/.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Seconds that the zone's clock is ahead of UTC at `second` (seconds since the epoch). Throws RangeError for an unknown zone. */
export function offsetSecondsAt(second: number, zone: string): number {
  const spans = stretchOf(Math.floor(second / STRETCH_SECONDS), zone)
  let offset = 0
  for (const span of spans) {
    if (span.from > second) break
    offset = span.offset
  }
  return offset
}

/** The offsets in force in [from, to), in seconds since the epoch: the first span begins at `from`, neighbours always differ. */
export function offsetSpans(from: number, to: number, zone: string): OffsetSpan[] {
  const found: OffsetSpan[] = [{ from, offset: offsetSecondsAt(from, zone) }]
  const last = Math.floor(to / STRETCH_SECONDS)
  for (let index = Math.floor(from / STRETCH_SECONDS); index <= last; index++) {
    for (const span of stretchOf(index, zone)) {
      if (span.from > from && span.from < to && span.offset !== found.at(-1)?.offset) found.push(span)
    }
  }
  return found
}

function stretchOf(index: number, zone: string): OffsetSpan[] {
  let known = stretches.get(zone)
  const hit = known?.get(index)
  if (hit !== undefined) return hit
  if (stretchCount >= STRETCHES_MAX) {
    stretches.clear()
    stretchCount = 0
    known = undefined
  }
  if (known === undefined) {
    known = new Map()
    stretches.set(zone, known)
  }
  const spans = findSpans(index * STRETCH_SECONDS, (index + 1) * STRETCH_SECONDS, zone)
  known.set(index, spans)
  stretchCount++
  return spans
}

/** One probe a day: no zone has ever changed its clock twice within a day and come back. */
function findSpans(from: number, to: number, zone: string): OffsetSpan[] {
  let offset = askOffset(from, zone)
  const spans: OffsetSpan[] = [{ from, offset }]
  for (let probe = from; probe < to; probe += PROBE_SECONDS) {
    const end = Math.min(probe + PROBE_SECONDS, to - 1)
    const after = askOffset(end, zone)
    if (after === offset) continue
    spans.push({ from: changeBetween(probe, end, offset, zone), offset: after })
    offset = after
  }
  return spans
}

/** The first second in (before, after] at which the offset is no longer `offset`. */
function changeBetween(before: number, after: number, offset: number, zone: string): number {
  let low = before
  let high = after
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (askOffset(middle, zone) === offset) low = middle
    else high = middle
  }
  return high
}

function askOffset(second: number, zone: string): number {
  let formatter = formatters.get(zone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    if (formatters.size >= 2_000) formatters.clear()
    formatters.set(zone, formatter)
  }
  // "GMT+05:45", before 1972 sometimes "GMT-00:44:30"; "GMT" alone is accepted too, it is how other runtimes write zero
  const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(formatter.format(second * 1000))
  if (match === null) throw new RangeError(`No offset of zone ${zone} at second ${second}`)
  const size = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0)
  return match[1] === '-' ? -size : size
}
