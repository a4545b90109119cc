import { describe, expect, test } from 'vitest'
import { InsertPace } from './insert-pace.ts'

const settled = (durationMs: number) => {
  const pace = new InsertPace()
  for (let i = 0; i < 100; i++) pace.inserted(durationMs)
  return pace
}

describe('the groups of a shard', () => {
  test('start at once after a pause: near real time when little comes', () => {
    const pace = settled(50)
    expect(pace.waitMs(0, 1_000)).toBe(0)
    pace.started(0, 1_000)
    expect(pace.waitMs(0, 1_010)).toBeGreaterThan(0)
    expect(pace.waitMs(0, 2_000)).toBe(0)
  })

  test('start further apart the longer inserts take, but never so far that a second is lost', () => {
    const waits = [10, 100, 400, 1_000, 60_000].map((durationMs) => {
      const pace = settled(durationMs)
      for (const shard of [0, 1, 2, 3]) pace.started(shard, 0)
      return pace.waitMs(0, 0)
    })
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waits[0]).toBeGreaterThanOrEqual(50)
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0)
    expect(waits.at(-1)).toBeLessThanOrEqual(1_000)
  })

  test('leave room only for shards that are at work', () => {
    const pace = settled(200)
    for (const shard of [0, 1, 2, 3]) pace.started(shard, 0)
    const together = pace.waitMs(0, 0)
    pace.started(0, 10_000)
    expect(pace.waitMs(0, 10_000)).toBeLessThan(together)
    pace.forget(0)
    expect(pace.waitMs(0, 10_000)).toBe(0)
  })
})
