import { execFile } from 'node:child_process'
import path from 'node:path'
import type { LocalServers } from '@meterbook/stack/servers'

const MAIN = path.resolve(import.meta.dirname, '..', '..', 'workers/src/operator/main.ts')

export interface Finding {
  name: string
  state: 'well' | 'wrong' | 'unknown'
  found: string
  advice: string
}

export interface DoctorRun {
  code: number
  findings: Finding[]
  /** Those that are wrong. */
  wrong: Finding[]
}

/** `meterbook doctor --json`, in a process of its own. `preload`: a file that it loads first. */
export function runDoctor(input: {
  servers: Pick<LocalServers, 'postgres' | 'clickhouse' | 'redis'>
  home: string
  args?: string[]
  env?: NodeJS.ProcessEnv
  preload?: string
}): Promise<DoctorRun> {
  const { servers, home, args = [], env, preload } = input
  const options = {
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'test' as const, METERBOOK_HOME: home },
      ...{ DATABASE_URL: servers.postgres.url, CLICKHOUSE_URL: servers.clickhouse.url, REDIS_URL: servers.redis.url },
      ...env,
    },
  }
  const before = preload === undefined ? [] : ['--import', preload]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...before, MAIN, 'doctor', '--json', ...args], options, (error, stdout, stderr) => {
      const answer = stdout.startsWith('{') ? (JSON.parse(stdout) as { findings?: Finding[]; error?: string }) : {}
      const { findings } = answer
      if (findings === undefined)
        return reject(new Error(answer.error ?? `expected findings, found ${stdout}${stderr}`))
      const code = error === null ? 0 : Number(error.code)
      resolve({ code, findings, wrong: findings.filter(({ state }) => state === 'wrong') })
    })
  })
}
