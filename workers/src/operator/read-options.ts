import { formatInstant, type Instant, parseInstant } from '@meterbook/core/kernel'
import { canonicalZone } from '@meterbook/core/window'
import { type BilledSpace, findApp, findBilledSpace, type Pool } from '@meterbook/db/postgres'
import { UsageFault } from './command.ts'

/** The app that an option names, by slug or id; null without one. */
export async function readAppOption(pool: Pool, value: unknown): Promise<{ id: string; shard: number } | null> {
  if (typeof value !== 'string') return null
  const app = await findApp(pool, value)
  if (app === null) throw new UsageFault(`expected the slug or id of an app, found ${JSON.stringify(value)}`)
  return app
}

/** The developer space that an option names, by slug or id; null without one. */
export async function readSpaceOption(pool: Pool, value: unknown): Promise<BilledSpace | null> {
  if (typeof value !== 'string') return null
  const space = await findBilledSpace(pool, value)
  if (space === null)
    throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(value)}`)
  return space
}

export function readInstantOption(name: string, value: unknown): Instant | undefined {
  if (typeof value !== 'string') return undefined
  const text = /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : value
  const parsed = parseInstant(text)
  if (parsed.ok) return parsed.value
  throw new UsageFault(`expected an RFC 3339 time for ${name}, as 2026-07-01T00:00:00Z, found ${JSON.stringify(value)}`)
}

export function readZoneOption(value: unknown): string {
  if (typeof value !== 'string') return 'UTC'
  const zone = canonicalZone(value)
  if (zone === null) throw new UsageFault(`expected a time zone as Europe/Berlin, found ${JSON.stringify(value)}`)
  return zone
}

/** A whole number from 1 to `most`. */
export function readCountOption(
  name: string,
  value: unknown,
  { initial, most }: { initial: number; most: number },
): number {
  if (value === undefined) return initial
  const count = Number(value)
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  throw new UsageFault(`expected a whole number from 1 to ${most} after ${name}, found ${JSON.stringify(value)}`)
}

/** What senders wrote may hold anything, also what moves a terminal's cursor or hides what it says. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** To the second, for people. */
export function secondOf(instant: Instant): string {
  return `${formatInstant(instant).slice(0, 19)}Z`
}
