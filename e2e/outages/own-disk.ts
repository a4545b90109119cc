import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { LocalServers } from '@meterbook/stack/servers'
import { type Others, othersOf, type Store } from './own-server.ts'

const PROGRAM = new URL('./small-disk.ts', import.meta.url).pathname

/** One real server on a small disk of its own. */
export interface OwnDisk {
  servers: Pick<LocalServers, 'postgres' | 'clickhouse' | 'redis'>
  /** To the last byte; resolves with what is left. */
  fill(): Promise<number>
  /** Gives the room back; resolves with the bytes there are then. */
  free(): Promise<number>
  remove(): Promise<void>
}

/** Whether this machine lets a process have mounts of its own. Some sandboxes refuse it, and nothing else gives a real full disk safely. */
export function canHaveOwnDisk(): boolean {
  return spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', os.tmpdir()]).status === 0
}

/** `mib`: the size of its disk. Needs user and mount namespaces, as any Linux user has by default; throws where they are refused. */
export async function startOnOwnDisk(store: Store, others: Others, mib: number): Promise<OwnDisk> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `meterbook-disk-${store}-`))
  const child = spawn('unshare', ['--map-root-user', '--mount', process.execPath, PROGRAM, dir, `${mib}m`], {
    env: { HOME: process.env.HOME, ...othersOf(store, others) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const line = await lines.next()
    if (line.done) throw new Error(`expected ${store} on a disk of its own; unshare or its server ended, see above`)
    return JSON.parse(line.value) as T
  }
  const tell = async (word: 'fill' | 'free') => {
    child.stdin.write(`${word}\n`)
    return (await answer<{ bytes: number }>()).bytes
  }
  return {
    servers: await answer<OwnDisk['servers']>(),
    fill: () => tell('fill'),
    free: () => tell('free'),
    async remove() {
      child.stdin.end()
      await ended
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
