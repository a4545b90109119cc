import { describe, expect, test } from 'vitest'
import { SHARD_COUNT_MAX, shardOf } from './shard.ts'

describe('the shard of an app', () => {
  test('never moves: apps stored years ago are found where they were put', () => {
    expect(SHARD_COUNT_MAX).toBe(1024)
    for (const [appId, shard, of1024] of GOLDEN) {
      expect(shardOf(appId, 4), appId).toBe(shard)
      expect(shardOf(appId, 1024), appId).toBe(of1024)
    }
  })

  test('spreads apps evenly, also ids that differ in their last character only', () => {
    for (const idOf of [(n: number) => `app-${n}`, (n: number) => `00000000-0000-4000-8000-${hex(n, 12)}`]) {
      for (const shards of [4, 16]) {
        const counts = Array.from({ length: shards }, () => 0)
        for (let n = 0; n < 16_000; n++) counts[shardOf(idOf(n), shards)] = (counts[shardOf(idOf(n), shards)] ?? 0) + 1
        for (const count of counts) expect(Math.abs(count / (16_000 / shards) - 1)).toBeLessThan(0.1)
      }
    }
  })
})

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

/** Computed by another implementation of FNV-1a (32 bits), so that a slip here cannot agree with itself. */
const GOLDEN: readonly (readonly [appId: string, shard: number, of1024: number])[] = [
  ['', 1, 453],
  ['a', 0, 300],
  ['app', 0, 812],
  ['6f1de0a2-64a5-4a4c-9f2f-0a5c7f7d3b11', 3, 595],
  ['00000000-0000-4000-8000-000000000000', 1, 821],
  ['00000000-0000-4000-8000-000000000001', 2, 418],
  ['ffffffff-ffff-4fff-bfff-ffffffffffff', 3, 395],
]
