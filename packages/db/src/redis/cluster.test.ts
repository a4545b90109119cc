import { type RedisCluster, startRedisCluster } from '@meterbook/stack/redis-cluster'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRedis, type RedisConnection } from './connection.ts'
import { readRedisState } from './doctor-reader.ts'
import { getLiveFeed } from './live-feed.ts'
import { publishNews } from './live-news.ts'
import { ProjectionAnnouncer, runProjectionQueue } from './projection-queue.ts'
import { countJobs, openQueues } from './queue-reader.ts'
import { TryCounter } from './try-counter.ts'
import { addWorkerCounts, noCounts, readWorkerCounts } from './worker-counts.ts'

const WITHIN = { withinMs: 30_000, everyMs: 20 }

let cluster: RedisCluster
let redis: RedisConnection
beforeAll(async () => {
  cluster = await startRedisCluster('the-password')
  redis = createRedis(cluster.url)
  expect(await until(() => redis.status === 'ready', WITHIN)).toBe(true)
})
afterAll(async () => {
  redis?.disconnect()
  await cluster?.stop()
})

test('in a cluster of three servers an announcement reaches the worker of its shard, and the queues can be looked into', async () => {
  const announcer = new ProjectionAnnouncer(redis)
  const runs = new Map<number, number>()
  const shards = [0, 1, 2, 3, 4, 5]
  const errors: Error[] = []
  const runners = shards.map((shard) =>
    runProjectionQueue({
      url: cluster.url,
      shard,
      drain: async () => void runs.set(shard, (runs.get(shard) ?? 0) + 1),
      onError: (error) => errors.push(error),
    }),
  )
  try {
    for (const shard of shards) announcer.announce(shard, 1n)
    expect(await until(() => runs.size === shards.length, WITHIN)).toBe(true)
    const queues = openQueues(cluster.url, shards)
    const areDone = async () => (await Promise.all(queues.map(countJobs))).every(({ completed }) => completed > 0)
    expect(await until(areDone, WITHIN)).toBe(true)
    for (const queue of queues) await queue.close()
  } finally {
    await Promise.all(runners.map((runner) => runner.close()))
    await announcer.close()
  }
  expect(errors.map(({ message }) => message)).toEqual([])
})

test('keys that are used together are on one server; what else there is may be on any', async () => {
  const holding = await Promise.all(cluster.nodes.map((node) => node.keys('{meterbook}*')))
  expect(holding.filter((keys) => keys.length > 0).length).toBe(1)
  const others = (await Promise.all(cluster.nodes.map((node) => node.keys('*')))).flat()
  expect(others.filter((key) => !key.startsWith('{meterbook}') && !key.startsWith('meterbook:'))).toEqual([])
})

test('counts, tries, news and the doctor’s look work as with one server', async () => {
  await addWorkerCounts(redis, { ...noCounts(), verdicts: new Map([['counted ', 3]]), chartMs: 7 })
  expect((await readWorkerCounts(redis)).verdicts.get('counted ')).toBe(3)

  const tries = new TryCounter(cluster.url)
  const names = ['ada@example.org', '10.0.0.1', 'another']
  expect(
    await until(
      () =>
        tries.count('warm', 60).then(
          () => true,
          () => false,
        ),
      WITHIN,
    ),
  ).toBe(true)
  for (const name of names) expect(await tries.count(name, 60)).toBe(1)
  expect(await tries.count(names[0] ?? '', 60)).toBe(2)
  await tries.forget(names)
  expect(await tries.count(names[0] ?? '', 60)).toBe(1)
  tries.close()

  const stop = new AbortController()
  const feed = getLiveFeed(cluster.url)
  const heard: string[][] = []
  const listening = (async () => {
    for await (const news of feed.listen('space', stop.signal)) if (news !== null) heard.push(news.apps)
  })()
  const isHeard = async () => {
    await publishNews(redis, { spaceId: 'space', appIds: ['app'], through: '2026-11-01T00:00:00Z', sentAtMs: 1 })
    return heard.length > 0
  }
  expect(await until(isHeard, WITHIN)).toBe(true)
  expect(heard[0]).toEqual(['app'])
  stop.abort()
  await listening
  await feed.close()

  const state = await readRedisState(cluster.url)
  expect(state.writeFault).toBeNull()
  expect(state.at).toBeGreaterThan(1_700_000_000_000_000n)
})
