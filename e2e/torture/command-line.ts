import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { LocalServers } from '@meterbook/stack/servers'

const SCRIPT = path.resolve(import.meta.dirname, '..', '..', 'workers/src/operator/main.ts')

export interface CommandEnd {
  /** Null: killed. */
  code: number | null
  output: string
}

/** Runs `meterbook <command>` against these servers; with `killAfterMs`, ends it with SIGKILL unless it was faster. */
export async function runCommand(
  servers: LocalServers,
  { args, killAfterMs }: { args: readonly string[]; killAfterMs?: number },
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: servers.postgres.url,
      DATABASE_OWNER_URL: servers.postgres.ownerUrl,
      CLICKHOUSE_URL: servers.clickhouse.url,
      REDIS_URL: servers.redis.url,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  if (killAfterMs === undefined) return { code: await ended, output }
  await Promise.race([ended, pause(killAfterMs)])
  if (child.exitCode === null) child.kill('SIGKILL')
  return { code: await ended, output }
}
