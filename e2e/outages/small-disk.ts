// A program: one store on a disk of its own that can be filled up, for tests of a full disk.
// Promises: the disk is a small tmpfs in a mount namespace of this process, gone with it; nothing of the machine is changed.
// Does not know: what is stored.
//
// To be run as root of a user namespace with mounts of its own (unshare --map-root-user --mount).
// Arguments: <folder to mount on> <size, as mount takes it>. Its environment names the other stores, as startServers takes them.
// Speaks JSON lines: prints { url, ownerUrl } of its stores, then answers each line "fill" or "free" with { bytes: free }.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { startServers } from '@meterbook/stack/servers'

const CHUNK = Buffer.alloc(64 * 1024, 1)
const [dir = '', size = ''] = process.argv.slice(2)

execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir])
const servers = await startServers({ home: path.join(dir, 'home'), log: () => undefined })
const ballast = path.join(dir, 'ballast')
say({ postgres: servers.postgres, clickhouse: servers.clickhouse, redis: servers.redis })

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'fill') fill()
  else if (line === 'free') fs.rmSync(ballast, { force: true })
  else break
  const { bavail, bsize } = fs.statfsSync(dir)
  say({ bytes: bavail * bsize })
}
await servers.stop()
process.exit(0)

/** Until the disk says that there is no room. */
function fill(): void {
  const file = fs.openSync(ballast, 'a')
  try {
    for (;;) fs.writeSync(file, CHUNK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    fs.closeSync(file)
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
