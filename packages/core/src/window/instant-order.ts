import type { Instant } from '../kernel/instant.ts'

// Math.min and Math.max know no bigint.

export function earlier(a: Instant, b: Instant): Instant {
  if (a < b) return a
  return b
}

export function later(a: Instant, b: Instant): Instant {
  if (a < b) return b
  return a
}
