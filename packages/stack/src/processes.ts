// Our own processes over the three servers: the web process and any number of workers, each kept running, each with its log.
// Promises: answers only once the system is ready to take events; ends web before workers, so that nothing taken is left over.
// Does not know how the servers were started, nor what web and workers do.
import path from 'node:path'
import { StackFault } from './fault.ts'
import { isPortFree } from './ports.ts'
import { loadSecrets } from './secrets.ts'
import type { LocalServers } from './servers.ts'
import { endLeftovers, type SupervisedProcess, superviseProcess } from './supervised-process.ts'
import { until } from './wait.ts'

const readyMs = 120_000
const askMs = 2_000
const webDrainMs = 10_000
const workerDrainMs = 20_000
/** Dying this often before it was ever ready is a fault to show, not one to wait out. */
const restartsMax = 2

/** The running system: one web process and its workers. */
export interface StackProcesses {
  /** `http://127.0.0.1:<port>` */
  url: string
  web: SupervisedProcess
  workers: SupervisedProcess[]
  /** Ends web (which answers what it has begun), then the workers. The servers stay. */
  stop(): Promise<void>
}

/** What startProcesses needs; `env` is added to the environment of every process, over everything else. */
export interface ProcessesInput {
  servers: Pick<LocalServers, 'postgres' | 'clickhouse' | 'redis'>
  home: string
  port: number
  workers?: number
  env?: NodeJS.ProcessEnv
  log?: (line: string) => void
  /** Gives up waiting for readiness. */
  signal?: AbortSignal
}

/**
 * Starts web on 127.0.0.1:`port` and the workers, and waits until GET /readyz says 200. The portal must be built and the
 * stores migrated. A rebuild under way counts as ready, with a line in the log. Throws StackFault, with the end of the log, when they do not get there within two minutes.
 */
export async function startProcesses(input: ProcessesInput): Promise<StackProcesses> {
  const { home, port, workers: workersCount = 1, log = () => {}, signal } = input
  const url = `http://127.0.0.1:${port}`
  const runDir = path.join(home, 'run')
  const env = processEnv(input, url)
  const plan = (name: string, script: string, drainMs: number) =>
    superviseProcess({ name, script, env, drainMs, logFile: path.join(home, 'logs', `${name}.log`) }, { runDir, log })

  const workers: SupervisedProcess[] = []
  let web: SupervisedProcess | undefined
  const stop = async () => {
    await web?.halt()
    await Promise.all(workers.map((worker) => worker.halt()))
  }
  try {
    await endLeftovers(runDir)
    await mustBeFree(port)
    for (let number = 1; number <= workersCount; number += 1)
      workers.push(plan(`worker-${number}`, 'workers/src/main.ts', workerDrainMs))
    web = plan('web', 'apps/web/server.ts', webDrainMs)
    await mustGetReady({ url, all: [web, ...workers], signal, log })
    return { url, web, workers, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What every process of ours finds in its environment. */
export function processEnv({ servers, home, port, env }: ProcessesInput, url: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    DATABASE_URL: servers.postgres.url,
    CLICKHOUSE_URL: servers.clickhouse.url,
    REDIS_URL: servers.redis.url,
    METERBOOK_HOME: home,
    METERBOOK_URL: url,
    PORT: String(port),
    // Some shells set HOST to the machine's name; here only this machine is served.
    HOST: '127.0.0.1',
    AUTH_SECRET: loadSecrets(home).auth,
    // Only migrations run as the owner.
    DATABASE_OWNER_URL: undefined,
    ...env,
  }
}

/** StackFault when somebody listens on the port already. */
export async function mustBeFree(port: number): Promise<void> {
  if (await isPortFree(port)) return
  throw new StackFault(`port ${port} is taken: stop what listens there, or choose another (PORT=${port + 1} npm start)`)
}

async function mustGetReady(options: {
  url: string
  all: SupervisedProcess[]
  signal: AbortSignal | undefined
  log: (line: string) => void
}): Promise<void> {
  const { url, all, signal, log } = options
  let found = 'no answer'
  let failing: SupervisedProcess | undefined
  const isReady = await until(
    async () => {
      signal?.throwIfAborted()
      failing = all.find((one) => one.restarts > restartsMax)
      if (failing) return true
      found = await askReady(url)
      return found === 'ready' || found === 'rebuilding'
    },
    { withinMs: readyMs, everyMs: 50 },
  )
  if (failing) throw new StackFault(`${failing.name} keeps ending. Its log: ${failing.logFile}${failing.tail()}`)
  if (found === 'rebuilding') log('the workers replay the journal: figures are incomplete until they are through')
  if (isReady) return
  const tails = all.map((one) => `\n${one.name} (${one.logFile}):${one.tail()}`).join('')
  throw new StackFault(`not ready after ${readyMs / 1000} s, GET /readyz: ${found}${tails}`)
}

async function askReady(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/readyz`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(askMs),
    })
    const text = await answer.text()
    if (answer.status === 200) return 'ready'
    return isOnlyRebuilding(text) ? 'rebuilding' : `${answer.status} ${text.slice(0, 500)}`
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    return `no answer (${cause?.code ?? error})`
  }
}

/** Everything answers and events are taken, but what was projected before is projected again: that may take hours. */
function isOnlyRebuilding(readyz: string): boolean {
  const { components } = JSON.parse(readyz) as { components: Record<string, { state: string; isRebuilding?: boolean }> }
  const down = Object.values(components).filter(({ state }) => state !== 'up')
  return down.length === 1 && down[0]?.isRebuilding === true
}
