import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { BackOff } from './back-off.ts'
import { checkout } from './checkout.ts'
import { StackFault } from './fault.ts'
import { logTail, openLog } from './log-file.ts'
import { readJson, writePrivate } from './private-file.ts'
import { endOf, endProcess } from './process-end.ts'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

const recordPrefix = 'process-'
const leftoverDrainMs = 10_000

/** One of our own programs, run on this Node. */
export interface ProcessPlan {
  name: string
  /** Path from the checkout's root. */
  script: string
  env: NodeJS.ProcessEnv
  logFile: string
  /** How long it may take to finish what it has begun. */
  drainMs: number
  /** Sees each line it prints; everything goes to the log besides. */
  onLine?: (line: string) => void
}

/** A program that is started again whenever it ends by itself. */
export interface SupervisedProcess {
  readonly name: string
  readonly logFile: string
  /** The process now; undefined while none runs. */
  readonly pid: number | undefined
  /** How often it was started again after it ended by itself. */
  readonly restarts: number
  /** Its latest words, for showing under a message. */
  tail(): string
  /** Ends it (SIGTERM and patience, or SIGKILL at once) and leaves it ended until start(). */
  halt(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again after halt(). */
  start(): void
}

/** Starts a program and keeps it running. */
export function superviseProcess(
  plan: ProcessPlan,
  { runDir, log }: { runDir: string; log: (line: string) => void },
): SupervisedProcess {
  const recordFile = path.join(runDir, `${recordPrefix}${plan.name}.json`)
  const backOff = new BackOff()
  let now: { child: ChildProcess; identity: ProcessIdentity | undefined; ended: Promise<string> } | undefined
  let isWanted = false
  let restarts = 0
  /** Where the log stood at the last start that somebody asked for: the words of every restart since then count. */
  let logFrom: number | undefined

  const start = (): void => {
    isWanted = true
    const since = performance.now()
    const { child, logSize } = launch(plan)
    logFrom ??= logSize
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity) writePrivate(recordFile, JSON.stringify(identity))
    const ended = endOf(child)
    now = { child, identity, ended }
    void ended.then(async (how) => {
      if (now?.child === child) now = undefined
      if (!isWanted) return
      log(`${plan.name} ${how}: starting it again (its log: ${plan.logFile})`)
      await pause(backOff.pauseMs(performance.now() - since))
      if (!isWanted || now !== undefined) return
      restarts += 1
      start()
    })
  }

  start()
  return {
    name: plan.name,
    logFile: plan.logFile,
    get pid() {
      return now?.child.pid
    },
    get restarts() {
      return restarts
    },
    tail: () => logTail(plan.logFile, { from: logFrom ?? 0 }),
    async halt(signal = 'SIGTERM') {
      isWanted = false
      logFrom = undefined
      const last = now
      if (last?.identity) await endProcess(last.identity, { gentle: signal, hard: 'SIGKILL', gentleMs: plan.drainMs })
      // The system forgets a process a moment before we are told that it ended.
      if (last) await last.ended
      fs.rmSync(recordFile, { force: true })
    },
    start() {
      if (isWanted) throw new Error(`${plan.name} is already started`)
      start()
    },
  }
}

/** Ends what a killed parent left running in a home: its leash does so too, but perhaps not yet. */
export async function endLeftovers(runDir: string): Promise<void> {
  if (!fs.existsSync(runDir)) return
  const files = fs.readdirSync(runDir).filter((name) => name.startsWith(recordPrefix))
  await Promise.all(
    files.map(async (name) => {
      const file = path.join(runDir, name)
      const left = readJson(file) as ProcessIdentity | undefined
      if (left && isRunning(left))
        await endProcess(left, { gentle: 'SIGTERM', hard: 'SIGKILL', gentleMs: leftoverDrainMs })
      fs.rmSync(file, { force: true })
    }),
  )
}

function launch(plan: ProcessPlan): { child: ChildProcess; logSize: number } {
  const script = path.join(checkout, plan.script)
  if (!fs.existsSync(script)) throw new StackFault(`${plan.script} is missing from this checkout`)
  const log = openLog(plan.logFile)
  const child = spawn(process.execPath, ['--import', path.join(import.meta.dirname, 'leash.ts'), script], {
    cwd: path.dirname(script),
    detached: true,
    env: { ...plan.env, METERBOOK_PARENT: String(process.pid) },
    stdio: ['ignore', plan.onLine ? 'pipe' : log.fd, log.fd],
  })
  if (plan.onLine && child.stdout) {
    const { onLine } = plan
    const copy = fs.createWriteStream(plan.logFile, { flags: 'a', mode: 0o600 })
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        copy.write(`${line}\n`)
        onLine(line)
      })
      .on('close', () => copy.end())
  }
  fs.closeSync(log.fd)
  return { child, logSize: log.size }
}
