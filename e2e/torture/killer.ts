// Ends processes with SIGKILL, at random moments and at named steps, freezes them, and empties Redis.
// Promises: counts only what really died; ends nothing but the processes of its own run.
// Does not know: what the processes do.
import fs from 'node:fs'
import path from 'node:path'
import { createRedis } from '@meterbook/db/redis'
import type { StackProcesses } from '@meterbook/stack/processes'
import type { LocalServers } from '@meterbook/stack/servers'
import { until } from '@meterbook/stack/wait'
import pg from 'pg'
import { runCommand } from './command-line.ts'

export type Victim = 'web' | 'worker-1' | 'worker-2' | 'postgres' | 'clickhouse' | 'redis'

const HIT_MS_MAX = 60_000
const END_MS_MAX = 10_000
const REBUILD_TRIES_MAX = 20
const FLUSH_MS_MAX = 5_000
/** The other worker may have just been killed, and wait ten seconds for its next start. */
const TAKEN_OVER_MS_MAX = 60_000

export interface Toll {
  /** By victim, killed at a random moment. */
  random: Map<string, number>
  /** By step, killed there. */
  steps: Map<string, number>
  frozen: number
  takenOver: number
  flushed: number
  /** Rebuilds begun, and how many of their commands were killed on the way. */
  rebuilt: number
  rebuildsKilled: number
  /** Steps that no process came to in time. */
  missed: number
}

export class Killer {
  readonly toll: Toll = {
    random: new Map(),
    steps: new Map(),
    frozen: 0,
    takenOver: 0,
    flushed: 0,
    rebuilt: 0,
    rebuildsKilled: 0,
    missed: 0,
  }
  readonly #servers: LocalServers
  readonly #processes: StackProcesses
  readonly #orderFile: string

  constructor(input: { servers: LocalServers; processes: StackProcesses; orderFile: string }) {
    this.#servers = input.servers
    this.#processes = input.processes
    this.#orderFile = input.orderFile
  }

  get kills(): number {
    return [...this.toll.random.values(), ...this.toll.steps.values()].reduce((sum, count) => sum + count, 0)
  }

  /** False where there is nothing to kill: the last kill's victim is not back yet. */
  async kill(victim: Victim): Promise<boolean> {
    const pid = this.#pidOf(victim)
    if (pid === undefined || !(await end(pid, 'SIGKILL'))) return false
    this.toll.random.set(victim, (this.toll.random.get(victim) ?? 0) + 1)
    return true
  }

  /** Kills whichever process comes to the step next. */
  async killAt(step: string): Promise<boolean> {
    const pid = await this.#order(step, 'SIGKILL')
    if (pid === null) return false
    await until(() => !isAlive(pid), { withinMs: END_MS_MAX })
    if (isAlive(pid)) return false
    this.toll.steps.set(step, (this.toll.steps.get(step) ?? 0) + 1)
    return true
  }

  /**
   * Freezes a worker at a step, ends the sessions that hold its shards (as a firewall or a failover would), lets another take them, and
   * wakes it up again in the middle of what it was doing.
   */
  async freezeAt(step: string): Promise<boolean> {
    const pid = await this.#order(step, 'SIGSTOP')
    if (pid === null) return false
    try {
      this.toll.frozen++
      // Postgres may just have been killed: the step was reached by what was under way.
      let known: ReadonlyMap<number, bigint> | null = null
      const hasEnded = async () => {
        known = await this.#epochs()
        return known !== null && (await this.#endShardSessions())
      }
      if (!(await until(hasEnded, { withinMs: TAKEN_OVER_MS_MAX, everyMs: 200 }))) return false
      const before: ReadonlyMap<number, bigint> = known ?? new Map()
      const isTaken = await until(
        async () => {
          const now = await this.#epochs()
          return now !== null && [...now].every(([shard, epoch]) => epoch > (before.get(shard) ?? 0n))
        },
        { withinMs: TAKEN_OVER_MS_MAX, everyMs: 200 },
      )
      if (isTaken) this.toll.takenOver++
      return isTaken
    } finally {
      wake(pid)
    }
  }

  async flush(): Promise<void> {
    const redis = createRedis(this.#servers.redis.url)
    const tryOnce = () =>
      redis.flushall().then(
        () => true,
        () => false,
      )
    if (await until(tryOnce, { withinMs: FLUSH_MS_MAX })) this.toll.flushed++
    redis.disconnect()
  }

  /** Begins a rebuild, kills its command on the way, and asks for it again until it has begun; the replay is left to the workers. */
  async rebuild(killAfterMs: number): Promise<boolean> {
    const killed = await runCommand(this.#servers, { args: ['rebuild'], killAfterMs })
    if (killed.code === null) this.toll.rebuildsKilled++
    for (let tries = 0; tries < REBUILD_TRIES_MAX; tries++) {
      const { code } = await runCommand(this.#servers, { args: ['rebuild', '--no-wait'] })
      if (code !== 0) continue
      this.toll.rebuilt++
      return true
    }
    return false
  }

  #pidOf(victim: Victim): number | undefined {
    if (victim === 'web') return this.#processes.web.pid
    if (victim === 'worker-1') return this.#processes.workers[0]?.pid
    if (victim === 'worker-2') return this.#processes.workers[1]?.pid
    return this.#servers.embedded.find(({ name }) => name === victim)?.pid
  }

  /** The process that took the order, or null if none came by. */
  async #order(step: string, signal: 'SIGKILL' | 'SIGSTOP'): Promise<number | null> {
    const draft = `${this.#orderFile}-draft`
    fs.writeFileSync(draft, `${step} ${signal}`)
    fs.renameSync(draft, this.#orderFile)
    const isTaken = await until(() => this.#takenBy() !== null, { withinMs: HIT_MS_MAX, everyMs: 5 })
    // Called off before it is looked for once more: it may be taken in this very moment.
    if (!isTaken) fs.rmSync(this.#orderFile, { force: true })
    const pid = this.#takenBy()
    if (pid === null) this.toll.missed++
    else fs.rmSync(`${this.#orderFile}.${pid}`)
    return pid
  }

  #takenBy(): number | null {
    const prefix = `${path.basename(this.#orderFile)}.`
    const found = fs.readdirSync(path.dirname(this.#orderFile)).find((name) => name.startsWith(prefix))
    return found === undefined ? null : Number(found.slice(prefix.length))
  }

  async #epochs(): Promise<Map<number, bigint> | null> {
    const rows = await this.#ask<{ shard: number; epoch: string }>('SELECT shard, epoch FROM shard_owner')
    return rows && new Map(rows.map(({ shard, epoch }) => [shard, BigInt(epoch)]))
  }

  /**
   * Which of the shards are the frozen one's is not known, so all are ended. Once: whoever takes a shard afterwards has a session of the
   * same name, and would be thrown out of it before it could say so.
   */
  async #endShardSessions(): Promise<boolean> {
    const ended = await this.#ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'meterbook-shard-%'",
    )
    return ended !== null
  }

  async #ask<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[] | null> {
    const client = new pg.Client({ connectionString: this.#servers.postgres.url, connectionTimeoutMillis: 3_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query<Row>(sql, values)).rows
    } catch {
      return null
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function end(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  if (!isAlive(pid)) return false
  process.kill(pid, signal)
  return until(() => !isAlive(pid), { withinMs: END_MS_MAX, everyMs: 5 })
}

function wake(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGCONT')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
