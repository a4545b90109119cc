import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { checkout } from '../checkout.ts'
import { reasonOf, StackFault } from '../fault.ts'
import { secondsSince } from '../wait.ts'

const run = promisify(execFile)
const aptMs = 120_000

/** A Redis program, and the folder of libraries it needs beside the system's. */
export interface RedisProgram {
  file: string
  libraryPath?: string
}

/**
 * Debian and Ubuntu: fetches the distribution's own redis-server with apt, without root, into a cache that every home of
 * this checkout shares. Nothing is installed into the system. Undefined where there is no apt; StackFault when it fails.
 */
export async function fetchRedis(log: (line: string) => void): Promise<RedisProgram | undefined> {
  // Not in node_modules: `npm ci` would take it away, and then a start without a network could not have it back.
  const cached = path.join(checkout, '.meterbook', 'cache', `redis-${process.platform}-${process.arch}`)
  const known = programIn(cached)
  if (known) return known
  if (process.platform !== 'linux' || !(await hasApt())) return undefined
  log('redis: fetching the redis-server package with apt (once; into .meterbook/cache, without root)')
  const started = performance.now()
  const draft = `${cached}.${randomUUID()}`
  try {
    await download(draft)
    const debs = path.join(draft, 'cache', 'archives')
    for (const deb of fs.readdirSync(debs).filter((name) => name.endsWith('.deb')))
      await run('dpkg-deb', ['--extract', path.join(debs, deb), path.join(draft, 'root')])
    for (const left of ['lists', 'cache', 'state']) fs.rmSync(path.join(draft, left), { recursive: true, force: true })
    publish(draft, cached)
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    const reason = (stderr?.trim().split('\n').at(-1) ?? '') || reasonOf(error).split('\n')[0]
    throw new StackFault(
      `redis-server could not be fetched with apt (${reason}): install redis-server so that it is on PATH, or set REDIS_URL`,
      { cause: error },
    )
  } finally {
    fs.rmSync(draft, { recursive: true, force: true })
  }
  log(`redis: fetched, ${secondsSince(started)}`)
  return programIn(cached)
}

async function hasApt(): Promise<boolean> {
  try {
    await run('apt-get', ['--version'])
    await run('dpkg-deb', ['--version'])
    return true
  } catch {
    return false // another distribution
  }
}

/** redis-server and whatever of its dependencies this system lacks, by apt's own reckoning. */
async function download(draft: string): Promise<void> {
  for (const dir of ['lists/partial', 'cache/archives/partial', 'root'])
    fs.mkdirSync(path.join(draft, dir), { recursive: true })
  const options = [
    `Dir::State::lists=${path.join(draft, 'lists')}`,
    `Dir::Cache=${path.join(draft, 'cache')}`,
    `Dir::State::extended_states=${path.join(draft, 'state')}`,
    'Dir::State::status=/var/lib/dpkg/status',
    'Debug::NoLocking=1', // the system's lock belongs to root, and nothing of the system is touched
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`, // apt's own account cannot enter a private folder
  ].flatMap((option) => ['-o', option])
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', [...options, '-qq', 'update'], { env, timeout: aptMs })
  await run(
    'apt-get',
    [...options, '-qq', '-y', '--no-install-recommends', '--download-only', 'install', 'redis-server'],
    { env, timeout: aptMs },
  )
}

/** Another start may have been faster: then its copy stands. */
function publish(draft: string, cached: string): void {
  fs.mkdirSync(path.dirname(cached), { recursive: true })
  try {
    fs.renameSync(draft, cached)
  } catch (error) {
    if (!programIn(cached)) throw error
  }
}

function programIn(cached: string): RedisProgram | undefined {
  const root = path.join(cached, 'root')
  const file = path.join(root, 'usr', 'bin', 'redis-server')
  if (!fs.existsSync(file)) return undefined
  const libraries = ['usr/lib', 'lib'].flatMap((at) => {
    const dir = path.join(root, at)
    return fs.existsSync(dir)
      ? fs
          .readdirSync(dir)
          .filter((name) => name.includes('-linux-'))
          .map((name) => path.join(dir, name))
      : []
  })
  return libraries.length > 0 ? { file, libraryPath: libraries.join(':') } : { file }
}
