import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TryCounter } from './try-counter.ts'

let database: TestDatabase
let one: TryCounter
let two: TryCounter
beforeAll(async () => {
  database = await createTestDatabase()
  one = new TryCounter(database.redis.url)
  two = new TryCounter(database.redis.url)
})
afterAll(async () => {
  one.close()
  two.close()
  await database.drop()
})

describe('a counter of tries', () => {
  test('counts for all processes together, each try once', async () => {
    const counted = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : two).count('ada', 60)),
    )
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(await two.count('bo', 60)).toBe(1)
    await one.forget(['ada', 'bo'])
    expect([await two.count('ada', 60), await one.count('bo', 60)]).toEqual([1, 1])
  })

  test('begins anew when its window is over, however often it was tried meanwhile', async () => {
    await one.count('cy', 1)
    await two.count('cy', 1)
    expect(await until(async () => (await one.count('cy', 1)) === 1, { withinMs: 10_000, everyMs: 50 })).toBe(true)
  })

  test('says in time that Redis is away, so that nobody waits for it', async () => {
    const away = new TryCounter('redis://127.0.0.1:1')
    const began = performance.now()
    await expect(away.count('ada', 60)).rejects.toThrow()
    expect(performance.now() - began).toBeLessThan(5_000)
    away.close()
  })
})
