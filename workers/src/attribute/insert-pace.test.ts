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
    pace.started(0, { nowMs: 1_000, events: 10 })
    expect(pace.waitMs(0, 1_010)).toBeGreaterThan(0)
    expect(pace.waitMs(0, 2_000)).toBe(0)
  })

  test('start further apart the longer inserts take, but never so far that a second is lost', () => {
    const waits = [10, 100, 400, 1_000, 60_000].map((durationMs) => {
      const pace = settled(durationMs)
      for (const shard of [0, 1, 2, 3]) pace.started(shard, { nowMs: 0, events: 10 })
      return pace.waitMs(0, 0)
    })
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waits[0]).toBeGreaterThanOrEqual(50)
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0)
    expect(waits.at(-1)).toBeLessThanOrEqual(1_000)
  })

  test('grow with the load: what each costs beside its events is spent less often when there is less to spare', () => {
    const atRate = (perSecond: number) => {
      const pace = settled(50)
      let nowMs = 0
      for (let group = 0; group < 100; group++) {
        const apartMs = Math.max(1, pace.waitMs(0, nowMs))
        nowMs += apartMs
        pace.started(0, { nowMs, events: (perSecond * apartMs) / 1000 })
      }
      return { apartMs: pace.waitMs(0, nowMs), events: (perSecond * pace.waitMs(0, nowMs)) / 1000 }
    }
    expect(atRate(5_000).apartMs).toBeLessThan(150)
    expect(atRate(40_000).events).toBeGreaterThan(10_000)
    expect(atRate(1_000_000).apartMs).toBeLessThanOrEqual(1_000)
  })

  test('leave room only for shards that are at work', () => {
    const pace = settled(200)
    for (const shard of [0, 1, 2, 3]) pace.started(shard, { nowMs: 0, events: 10 })
    const together = pace.waitMs(0, 0)
    pace.started(0, { nowMs: 10_000, events: 10 })
    expect(pace.waitMs(0, 10_000)).toBeLessThan(together)
    pace.forget(0)
    expect(pace.waitMs(0, 10_000)).toBe(0)
  })
})
