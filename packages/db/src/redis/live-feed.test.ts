import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRedis, type RedisConnection } from './connection.ts'
import { getLiveFeed, type LiveNews } from './live-feed.ts'
import { publishNews } from './live-news.ts'

const DEADLINE_MS = 20_000

let database: TestDatabase
let redis: RedisConnection
beforeAll(async () => {
  database = await createTestDatabase()
  redis = createRedis(database.redis.url)
})
afterAll(async () => {
  await getLiveFeed(database.redis.url).close()
  redis.disconnect()
  await database.drop()
})

const say = (spaceId: string, appId: string, through = '2026-11-22T14:00:00Z') =>
  publishNews(redis, { spaceId, appIds: [appId], through, sentAtMs: 1 })

/** Publishes until Redis says that somebody heard it: a subscription takes a moment, and pub/sub forgets. */
async function untilHeard(spaceId: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  const nobody = JSON.stringify({ apps: [], through: '2026-11-22T13:00:00Z', sentAt: 0 })
  for (;;) {
    const listeners = await redis.publish(`live:${spaceId}`, nobody).catch(() => 0)
    if (listeners > 0) return
    if (performance.now() > deadline) throw new Error('nobody listened in time')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Takes news until one of them satisfies `isEnough`. */
async function hear(news: AsyncGenerator<LiveNews | null>, isEnough: (news: LiveNews | null) => boolean) {
  for await (const item of { [Symbol.asyncIterator]: () => ({ next: () => news.next() }) })
    if (isEnough(item)) return item
  throw new Error('the feed ended')
}

test('news of a space reach whoever listens to it, and nobody of another space', async () => {
  const feed = getLiveFeed(database.redis.url)
  const [ours, theirs, app] = [randomUUID(), randomUUID(), randomUUID()]
  const ended = new AbortController()
  const news = feed.listen(ours, ended.signal)
  const heard = hear(news, (item) => item !== null && item.apps.length > 0)
  await untilHeard(ours)
  await say(theirs, randomUUID())
  await say(ours, app)
  expect((await heard)?.apps).toEqual([app])
  ended.abort()
})

test('a slow listener holds one item: what came meanwhile is merged', async () => {
  const feed = getLiveFeed(database.redis.url)
  const space = randomUUID()
  const apps = [randomUUID(), randomUUID(), randomUUID()]
  const ended = new AbortController()
  const news = feed.listen(space, ended.signal)
  const first = news.next()
  await untilHeard(space)
  await first
  for (const [index, app] of apps.entries()) await say(space, app, `2026-11-22T14:00:0${index}Z`)
  const seen = new Set<string>()
  let through = ''
  await hear(news, (item) => {
    for (const app of item?.apps ?? []) seen.add(app)
    through = item?.through ?? through
    return seen.size === apps.length
  })
  expect([...seen].sort()).toEqual([...apps].sort())
  expect(through).toBe('2026-11-22T14:00:02Z')
  ended.abort()
})

test('a listener that is told to end ends, although nothing was said', async () => {
  const ended = new AbortController()
  const next = getLiveFeed(database.redis.url).listen(randomUUID(), ended.signal).next()
  ended.abort()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('after Redis was away, listeners are told that they may have missed something', async () => {
  const feed = getLiveFeed(database.redis.url)
  const space = randomUUID()
  const ended = new AbortController()
  const heard = hear(feed.listen(space, ended.signal), (item) => item === null)
  await untilHeard(space)
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  expect(await heard).toBeNull()
  ended.abort()
})
