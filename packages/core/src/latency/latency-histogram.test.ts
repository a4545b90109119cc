import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addHistograms, LATENCY_BOUNDS_MS, latencyPercentile } from './index.ts'

const rangeOf = (ms: number) => LATENCY_BOUNDS_MS.filter((bound) => bound <= ms).length
const histogramOf = (times: readonly number[]) => addHistograms(times.map((ms) => new Map([[rangeOf(ms), 1n]])))

test('a percentile is never lower than the exact one, and at most a fifth higher, and adding up loses nothing', () => {
  const times = fc.array(fc.integer({ min: 10, max: 100_000_000 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(times, times, fc.constantFrom(0.5, 0.95, 0.99, 1), (one, other, fraction) => {
      const all = [...one, ...other].sort((a, b) => a - b)
      const exact = all[Math.max(0, Math.ceil(all.length * fraction) - 1)] ?? 0
      const found = latencyPercentile(addHistograms([histogramOf(one), histogramOf(other)]), fraction) ?? 0
      expect(found).toBeGreaterThan(exact)
      expect(found).toBeLessThanOrEqual(exact * 1.2 + 2)
    }),
  )
})

test('of no events there is no percentile, and of what is beyond every bound neither', () => {
  expect(latencyPercentile(new Map(), 0.5)).toBeNull()
  expect(latencyPercentile(new Map([[3, 0n]]), 0.5)).toBeNull()
  expect(latencyPercentile(new Map([[LATENCY_BOUNDS_MS.length, 1n]]), 0.5)).toBeNull()
  expect(latencyPercentile(new Map([[0, 1n]]), 0.99)).toBe(10)
})

test('the bounds rise, and reach a day', () => {
  expect([...LATENCY_BOUNDS_MS].sort((a, b) => a - b)).toEqual([...new Set(LATENCY_BOUNDS_MS)])
  expect(LATENCY_BOUNDS_MS.at(-1)).toBeGreaterThan(86_400_000)
})
