import { setTimeout as delay } from 'node:timers/promises'
import type { Pool, PoolClient } from './pool.ts'

const CHANNEL = 'key_changed'
const RETRY_MS = 500

export interface KeyNews {
  /** Resolves once the first connection listens: what changes from then on is told. */
  ready: Promise<void>
  close(): Promise<void>
}

/**
 * Calls `changed` whenever a key, or an app that keys belong to, may have changed in the database, from whichever process; within
 * milliseconds of the commit. A connection that was lost may have missed some: `changed` is called when it listens again. Takes one
 * connection of the pool for as long as it lives. It makes things fast; whoever relies on it needs a bound of their own.
 */
export function listenToKeys(pool: Pool, changed: () => void): KeyNews {
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
    client.on('notification', changed)
    try {
      await client.query(`LISTEN ${CHANNEL}`)
      changed()
      tellReady()
      await lost
    } finally {
      client.off('notification', changed)
      // Not given back: it would go on listening for whoever gets it next.
      client.release(true)
    }
  }
}
