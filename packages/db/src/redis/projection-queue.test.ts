import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRedis, type RedisConnection } from './connection.ts'
import { ProjectionAnnouncer, type ProjectionRunner, QUEUE_PREFIX, runProjectionQueue } from './projection-queue.ts'

const DEADLINE_MS = 30_000

let database: TestDatabase
let redis: RedisConnection
let announcer: ProjectionAnnouncer
beforeAll(async () => {
  database = await createTestDatabase()
  redis = createRedis(database.redis.url)
  announcer = new ProjectionAnnouncer(redis)
  await until(() => redis.status === 'ready')
})
afterAll(async () => {
  await announcer.close()
  redis.disconnect()
  await database.drop()
})

const runners: ProjectionRunner[] = []
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.close()))
})

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + DEADLINE_MS; !(await isTrue()); await new Promise((r) => setImmediate(r))) {
    if (performance.now() > end) throw new Error('expected it to come true in time')
  }
}

/** A worker whose runs last until they are let go, one by one. */
function work(shard: number) {
  const runs: PromiseWithResolvers<void>[] = []
  const runner = runProjectionQueue({
    url: database.redis.url,
    shard,
    drain: () => {
      const run = Promise.withResolvers<void>()
      runs.push(run)
      return run.promise
    },
    onError: () => undefined,
  })
  runners.push(runner)
  return runs
}
/** No job waits, runs or will run. */
async function isQuiet(shard: number): Promise<boolean> {
  const key = (state: string) => `${QUEUE_PREFIX}:project-${shard}:${state}`
  const lengths = await Promise.all([
    ...['wait', 'active', 'paused'].map((state) => redis.llen(key(state))),
    ...['delayed', 'prioritized'].map((state) => redis.zcard(key(state))),
  ])
  return lengths.every((length) => length === 0)
}

describe('an announcement', () => {
  test('during a run leads to exactly one more run, however many there were', async () => {
    const runs = work(1)
    announcer.announce(1, 1n)
    await until(() => runs.length === 1)
    for (let number = 2n; number <= 200n; number++) announcer.announce(1, number)
    const key = `${QUEUE_PREFIX}:project-1:de:shard-1`
    await until(async () => (await redis.exists(key)) === 1 && (await isAnnounced(1)))
    runs[0]?.resolve()
    await until(() => runs.length === 2)
    runs[1]?.resolve()
    await until(() => isQuiet(1))
    expect(runs).toHaveLength(2)
  })

  test('after a run, also after one that failed, leads to another', async () => {
    const runs = work(2)
    for (const [index, end] of (['resolve', 'reject', 'resolve'] as const).entries()) {
      announcer.announce(2, BigInt(index + 1))
      await until(() => runs.length === index + 1)
      if (end === 'resolve') runs[index]?.resolve()
      else runs[index]?.reject(new Error('the drain failed'))
      await until(() => isQuiet(2))
    }
    expect(runs).toHaveLength(3)
  })

  test('made before there is a worker waits for one', async () => {
    announcer.announce(3, 1n)
    await until(async () => !(await isQuiet(3)))
    const runs = work(3)
    await until(() => runs.length === 1)
    runs[0]?.resolve()
    await until(() => isQuiet(3))
  })

  test('wakes its own shard only', async () => {
    const [four, five] = [work(4), work(5)]
    announcer.announce(4, 1n)
    await until(() => four.length === 1)
    four[0]?.resolve()
    await until(() => isQuiet(4))
    expect(five).toHaveLength(0)
  })

  test('is made again after Redis was emptied: nothing of the past is needed', async () => {
    const runs = work(6)
    announcer.announce(6, 1n)
    await until(() => runs.length === 1)
    runs[0]?.resolve()
    await until(() => isQuiet(6))
    await redis.flushdb()
    announcer.announce(6, 2n)
    await until(() => runs.length === 2)
    runs[1]?.resolve()
    await until(() => isQuiet(6))
  })

  /** The hint that came during the run is kept, as BullMQ keeps it: under the deduplication key of the shard. */
  async function isAnnounced(shard: number): Promise<boolean> {
    return (await redis.keys(`${QUEUE_PREFIX}:project-${shard}:*`)).some((key) => key.includes(':dn:'))
  }
})

describe('while Redis is away', () => {
  test('announcing neither throws nor waits, and closing ends', async () => {
    const away = createRedis('redis://127.0.0.1:1/0')
    const lonely = new ProjectionAnnouncer(away)
    const rejections: unknown[] = []
    const onRejection = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    const before = performance.now()
    for (let number = 1n; number <= 1_000n; number++) lonely.announce(Number(number % 4n), number)
    expect(performance.now() - before).toBeLessThan(1_000)
    await until(() => away.status === 'reconnecting')
    for (let shard = 0; shard < 4; shard++) lonely.announce(shard, 1_001n)
    await lonely.close()
    away.disconnect()
    process.off('unhandledRejection', onRejection)
    expect(rejections).toEqual([])
  })

  test('from the start or later, the next announcement after it is back gets through', async () => {
    const flaky = createRedis(database.redis.url)
    const other = new ProjectionAnnouncer(flaky)
    const runs = work(7)
    other.announce(7, 1n)
    await gotThrough(other, 7, runs)
    flaky.disconnect(true)
    for (let number = 2n; flaky.status !== 'ready'; number++) {
      other.announce(7, number)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await gotThrough(other, 7, runs)
    await other.close()
    flaky.disconnect()
  })

  test('in the middle of an announcement, the next one gets through', async () => {
    const killed = createRedis(database.redis.url)
    const other = new ProjectionAnnouncer(killed)
    const runs = work(8)
    await until(() => killed.status === 'ready')
    const id = await killed.client('ID')
    other.announce(8, 1n)
    await redis.call('CLIENT', 'KILL', 'ID', String(id))
    await until(() => killed.status !== 'ready')
    await gotThrough(other, 8, runs)
    await other.close()
    killed.disconnect()
  })

  async function gotThrough(by: ProjectionAnnouncer, shard: number, runs: PromiseWithResolvers<void>[]): Promise<void> {
    for (const run of runs) run.resolve()
    const before = runs.length
    await until(async () => {
      by.announce(shard, 9n)
      return runs.length > before
    })
    for (const run of runs) run.resolve()
  }
})
