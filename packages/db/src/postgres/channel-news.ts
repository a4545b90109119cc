import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, PoolClient } from './pool.ts'

const RETRY_MS = 500

export interface ChannelNews {
  /** Resolves once the first connection listens: what changes from then on is told. */
  ready: Promise<void>
  close(): Promise<void>
}

/**
 * Calls `heard` with what is told on a channel of the database, from whichever process; within milliseconds of the commit. A connection that was
 * lost may have missed some: `heard` is called with null when it listens again. Takes one connection of the pool for as long as it lives. It
 * makes things fast; whoever relies on it needs a bound of their own.
 */
export function listenToChannel(
  pool: Pool,
  channel: 'key_changed' | 'rights_changed',
  heard: (payload: string | null) => void,
): ChannelNews {
  const tell = ({ payload = '' }: { payload?: string | undefined }) => heard(payload)
  const stop = new AbortController()
  let tellReady = () => {}
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve
  })
  const ended = listenForEver()
  return {
    ready,
    async close() {
      stop.abort()
      await ended
    },
  }

  async function listenForEver(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const client = await pool.connect()
        await listenOnce(client)
      } catch {
        // Postgres is away: requests find that out by themselves, and this one goes on trying.
      }
      if (!stop.signal.aborted) await delay(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  /** Until the connection ends, or we do. */
  async function listenOnce(client: PoolClient): Promise<void> {
    const lost = new Promise<void>((resolve) => {
      client.once('end', resolve)
      client.once('error', () => resolve())
      stop.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    client.on('notification', tell)
    try {
      await client.query(`LISTEN ${channel}`)
      heard(null)
      tellReady()
      await lost
    } finally {
      client.off('notification', tell)
      // Not given back: it would go on listening for whoever gets it next.
      client.release(true)
    }
  }
}
