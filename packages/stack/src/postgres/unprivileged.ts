import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { StackFault } from '../fault.ts'

/** How to run a program that refuses uid 0: perhaps through another program, perhaps as another user. */
export interface Unprivileged {
  wrap: (file: string, args: string[]) => { file: string; args: string[] }
  account?: { uid: number; gid: number }
}

/**
 * PostgreSQL refuses to run as root; in containers and on fresh servers root is often all there is. The first way that
 * works here is taken. `dataDir` is made ready for it.
 */
export function unprivileged(dataDir: string): Unprivileged {
  if (process.getuid?.() !== 0) return { wrap: (file, args) => ({ file, args }) }
  return throughUserNamespace() ?? asExistingAccount(dataDir)
}

/** uid 65534 inside, still root outside: folders that only root may enter stay reachable, and the system is not changed. */
function throughUserNamespace(): Unprivileged | undefined {
  const maps = ['--map-user=65534', '--map-group=65534']
  if (process.platform !== 'linux' || spawnSync('unshare', [...maps, 'true']).status !== 0) return undefined
  return { wrap: (file, args) => ({ file: 'unshare', args: [...maps, file, ...args] }) }
}

/** Where namespaces are refused. The folders above the data must be open to that account. */
function asExistingAccount(dataDir: string): Unprivileged {
  for (const name of ['postgres', 'nobody']) {
    const found = spawnSync('id', ['-u', name], { encoding: 'utf8' })
    if (found.status !== 0) continue
    const uid = Number(found.stdout)
    const gid = Number(spawnSync('id', ['-g', name], { encoding: 'utf8' }).stdout)
    if (fs.existsSync(dataDir)) execFileSync('chown', ['-R', `${uid}:${gid}`, dataDir])
    return { wrap: (file, args) => ({ file, args }), account: { uid, gid } }
  }
  throw new StackFault(
    'PostgreSQL does not run as root and no other account was found: start as an ordinary user, or set DATABASE_URL',
  )
}
