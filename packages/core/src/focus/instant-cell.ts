import { formatInstant, type Instant, parseInstant } from '../kernel/index.ts'

const SECOND = 1_000_000n

/** `2026-07-01T00:00:00Z`: FOCUS has no fractions, so an instant inside a second is written as the second it lies in. */
export function instantCell(instant: Instant): string {
  return formatInstant(instant - (((instant % SECOND) + SECOND) % SECOND))
}

/** The instant of a text of our own. Throws RangeError for anything but RFC 3339. */
export function instantOf(text: string): Instant {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new RangeError(`expected an RFC 3339 instant, found ${JSON.stringify(text.slice(0, 40))}`)
  return parsed.value
}
