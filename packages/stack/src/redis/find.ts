import fs from 'node:fs'
import path from 'node:path'
import { StackFault } from '../fault.ts'
import { fetchRedis, type RedisProgram } from './fetch.ts'

const programs = ['redis-server', 'valkey-server']

/** npm has no Redis server, so: the one on PATH, else the distribution's package. StackFault says what to do otherwise. */
export async function findRedis(env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<RedisProgram> {
  const file = onPath(env)
  if (file) return { file }
  const fetched = await fetchRedis(log)
  if (fetched) return fetched
  const hint = process.platform === 'darwin' ? 'brew install redis' : 'install redis-server or valkey-server'
  throw new StackFault(`no Redis was found: ${hint} so that it is on PATH, or set REDIS_URL`)
}

function onPath(env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)
  return programs.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}
