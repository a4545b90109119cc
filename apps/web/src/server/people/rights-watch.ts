import { createPool } from '@meterbook/db/postgres'
import { listenToChannel } from '@meterbook/db/postgres/people'
import { getDrain } from '../drain.ts'
import { getWebEnv } from '../env.ts'

interface RightsWatch {
  /** Once it is listened: what changes from then on is heard. */
  ready: Promise<void>
  listeners: Map<string, Set<() => void>>
}

const KEY = Symbol.for('meterbook.web.rights-watch')

/**
 * Aborts within milliseconds of the commit that takes a right away from any of these people, by whichever way and in whichever process; and when that may have
 * been missed. Whoever holds something open for them ends it then, and lets them ask for it anew. `release` when it is over.
 */
export async function watchRights(personIds: readonly string[]): Promise<{ signal: AbortSignal; release: () => void }> {
  const { ready, listeners } = rightsWatch()
  const changed = new AbortController()
  const tell = () => changed.abort()
  for (const id of personIds) listeners.set(id, (listeners.get(id) ?? new Set()).add(tell))
  const release = () => {
    for (const id of personIds) {
      const set = listeners.get(id)
      set?.delete(tell)
      if (set?.size === 0) listeners.delete(id)
    }
  }
  await ready
  return { signal: changed.signal, release }
}

function rightsWatch(): RightsWatch {
  const shared = globalThis as { [KEY]?: RightsWatch }
  shared[KEY] ??= startWatch()
  return shared[KEY]
}

/** One connection of its own, for as long as the process lives: a pool's last one would be missed by those who ask for data. */
function startWatch(): RightsWatch {
  const pool = createPool({ url: getWebEnv().databaseUrl, connectionsMax: 1, name: 'meterbook-rights' })
  const listeners: RightsWatch['listeners'] = new Map()
  let isFirst = true
  const news = listenToChannel(pool, 'rights_changed', (personId) => {
    // nobody was promised anything before the first time
    const told = personId === null ? (isFirst ? [] : [...listeners.values()]) : [listeners.get(personId) ?? []]
    isFirst = false
    for (const set of told) for (const tell of [...set]) tell()
  })
  const close = () => void news.close().then(() => pool.end())
  getDrain().signal.addEventListener('abort', close, { once: true })
  return { ready: news.ready, listeners }
}
