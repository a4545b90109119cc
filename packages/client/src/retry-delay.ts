/**
 * Milliseconds to wait before the next try. Full jitter over the upper half: senders that failed together do not come back together.
 * `failures`: in a row, from 1. `random`: in [0, 1).
 */
export function retryDelay(input: {
  failures: number
  firstMs: number
  mostMs: number
  retryAfterMs: number | null
  random: number
}): number {
  const { failures, firstMs, mostMs, retryAfterMs, random } = input
  const grown = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30))
  const wait = grown / 2 + (random * grown) / 2
  // What a server asks for is the least, and those it told the same are spread behind it.
  return retryAfterMs === null ? wait : retryAfterMs + random * Math.min(1_000, retryAfterMs / 2 + firstMs)
}

/** Retry-After in milliseconds: seconds or an HTTP date; null when there is none, or none that can be read. At most an hour. */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null
  const asked = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isNaN(asked) ? null : Math.min(3_600_000, Math.max(0, asked))
}
