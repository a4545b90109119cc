import { expect, test } from 'vitest'
import { readRetryAfter, retryDelay } from './retry-delay.ts'

const of = (more: Partial<Parameters<typeof retryDelay>[0]>) =>
  retryDelay({ failures: 1, firstMs: 200, mostMs: 30_000, retryAfterMs: null, random: 0, ...more })

test('waits double up to the longest, and two senders that failed together do not come back together', () => {
  expect([1, 2, 3, 4].map((failures) => of({ failures, random: 1 }))).toEqual([200, 400, 800, 1_600])
  expect([1, 2, 3, 4].map((failures) => of({ failures }))).toEqual([100, 200, 400, 800])
  expect(of({ failures: 1_000, random: 1 })).toBe(30_000)
})

test('no wait is shorter than what the server asked for', () => {
  for (const random of [0, 0.5, 0.999]) expect(of({ retryAfterMs: 5_000, random })).toBeGreaterThanOrEqual(5_000)
})

test('Retry-After is read as seconds or as a date, and what is neither is no wish', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z')
  const headers = ['7', 'Thu, 01 Jan 2026 00:00:09 GMT', 'Wed, 31 Dec 2025 00:00:00 GMT', 'soon', '', '999999999']
  expect(headers.map((header) => readRetryAfter(header, nowMs))).toEqual([7_000, 9_000, 0, null, null, 3_600_000])
  expect(readRetryAfter(null, nowMs)).toBe(null)
})
