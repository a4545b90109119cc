import { openRedis, type RedisConnection } from './connection.ts'

/** Said by the projection after each group: these apps of a space have new usage, projected through an instant. A hint, never data. */
export type LiveNews = { apps: string[]; through: string; sentAt: number }

export type LiveFeed = {
  /**
   * News of one space until `signal` aborts. News that arrive while the last are still being handled are merged, so a slow listener
   * holds at most one item. `null` means that some may have been missed (Redis was away): look at everything again.
   */
  listen(spaceId: string, signal: AbortSignal): AsyncGenerator<LiveNews | null, void, void>
  close(): Promise<void>
}

type Listener = (news: LiveNews | null) => void

const KEY = Symbol.for('meterbook.live-feed')
const CHANNEL = 'live:'

/** The process's one subscription connection to `url`, shared by all its event streams. Connects when somebody listens. */
export function getLiveFeed(url: string): LiveFeed {
  const shared = globalThis as { [KEY]?: Map<string, LiveFeed> }
  shared[KEY] ??= new Map()
  let feed = shared[KEY].get(url)
  if (!feed) {
    feed = createLiveFeed(url)
    shared[KEY].set(url, feed)
  }
  return feed
}

function createLiveFeed(url: string): LiveFeed {
  const listeners = new Map<string, Set<Listener>>()
  let connection: RedisConnection | undefined

  const connect = (): RedisConnection => {
    const redis = openRedis(url, { maxRetriesPerRequest: null, retryStrategy: (tries) => Math.min(tries * 100, 2000) })
    let wasReady = false
    redis.on('error', () => {}) // ioredis retries by itself; what was missed is told to the listeners at the next ready
    redis.on('ready', () => {
      if (wasReady) for (const set of listeners.values()) for (const tell of set) tell(null)
      wasReady = true
    })
    redis.on('message', (channel: string, text: string) => {
      const news = readNews(text)
      if (news) for (const tell of listeners.get(channel) ?? []) tell(news)
    })
    return redis
  }

  const join = (channel: string, tell: Listener) => {
    const set = listeners.get(channel) ?? new Set()
    listeners.set(channel, set.add(tell))
    connection ??= connect()
    if (set.size === 1) void connection.subscribe(channel).catch(() => {}) // ioredis subscribes again after reconnecting
  }
  const leave = (channel: string, tell: Listener) => {
    const set = listeners.get(channel)
    if (!set?.delete(tell) || set.size > 0) return
    listeners.delete(channel)
    void connection?.unsubscribe(channel).catch(() => {})
  }

  return {
    async *listen(spaceId, signal) {
      const channel = CHANNEL + spaceId
      let waiting: LiveNews | null | undefined
      let wake = () => {}
      const tell: Listener = (news) => {
        waiting = waiting === undefined ? news : mergeNews(waiting, news)
        wake()
      }
      const stop = () => wake()
      signal.addEventListener('abort', stop)
      join(channel, tell)
      try {
        while (!signal.aborted) {
          if (waiting === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
            continue
          }
          const news = waiting
          waiting = undefined
          yield news
        }
      } finally {
        leave(channel, tell)
        signal.removeEventListener('abort', stop)
      }
    },
    async close() {
      connection?.disconnect()
      connection = undefined
    },
  }
}

function mergeNews(a: LiveNews | null, b: LiveNews | null): LiveNews | null {
  if (!a || !b) return null
  return {
    apps: [...new Set([...a.apps, ...b.apps])],
    through: [a.through, b.through].sort()[1] ?? b.through, // ISO instants sort as text
    sentAt: b.sentAt,
  }
}

function readNews(text: string): LiveNews | undefined {
  try {
    const { apps, through, sentAt } = JSON.parse(text)
    if (Array.isArray(apps) && typeof through === 'string' && typeof sentAt === 'number')
      return { apps, through, sentAt }
  } catch {
    // not ours: whoever may publish here can at worst make pages look again, so it is not worth an error
  }
}
