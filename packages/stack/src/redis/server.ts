import fs from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import { writePrivate } from '../private-file.ts'
import type { Secrets } from '../secrets.ts'
import { type SupervisedServer, superviseServer } from '../supervised-server.ts'
import { findRedis } from './find.ts'

const answerMs = 1_000
/** Numbered databases; a test file takes one for itself. */
export const redisDatabases = 256

/** The embedded Redis and its URL: `redis://:password@host:port/0`. */
export interface EmbeddedRedis {
  server: SupervisedServer
  url: string
}

/** Starts Redis on data under `<home>/redis`: appended to a file each second, never evicting, behind a password. */
export async function startRedis(options: {
  home: string
  runDir: string
  secrets: Secrets
  env: NodeJS.ProcessEnv
  log: (line: string) => void
}): Promise<EmbeddedRedis> {
  const { home, runDir, secrets, env, log } = options
  const program = await findRedis(env, log)
  const dir = path.join(home, 'redis')
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const configFile = path.join(runDir, 'redis.conf')
  writePrivate(configFile, config({ dir, password: secrets.redis }))
  const url = (port: number) => `redis://:${secrets.redis}@127.0.0.1:${port}/0`
  const server = await superviseServer(
    {
      name: 'redis',
      dir,
      logFile: path.join(home, 'logs', 'redis.log'),
      command: (port) => withLibraries(program, [configFile, '--port', String(port)]),
      answers: (port) => isOurs(url(port), dir),
      stopSignals: ['SIGTERM', 'SIGKILL'],
      remedy: 'or set REDIS_URL',
    },
    { runDir, log },
  )
  return { server, url: url(server.port) }
}

// In a file and not on the command line, where every account of the machine could read the password.
function config({ dir, password }: { dir: string; password: string }): string {
  return `bind 127.0.0.1
protected-mode yes
requirepass ${password}
dir "${dir}"
databases ${redisDatabases}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
auto-aof-rewrite-min-size 64mb
daemonize no
`
}

/** The command that runs the program with the libraries it was fetched with. */
export function withLibraries(program: { file: string; libraryPath?: string }, args: string[]) {
  if (program.libraryPath === undefined) return { file: program.file, args }
  return { file: 'env', args: [`LD_LIBRARY_PATH=${program.libraryPath}`, program.file, ...args] }
}

/** Our password opens it, and it keeps its data in our folder. */
async function isOurs(url: string, dir: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  client.on('error', () => {}) // told by connect() below
  try {
    await client.connect()
    const [, found] = (await client.config('GET', 'dir')) as [string, string]
    return fs.realpathSync(found) === fs.realpathSync(dir)
  } catch {
    return false // no answer, still loading, or not to our password
  } finally {
    client.disconnect()
  }
}
