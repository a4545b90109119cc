import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BackOff } from './back-off.ts'
import { reasonOf, StackFault } from './fault.ts'
import { logTail, openLog } from './log-file.ts'
import { freePort, isPortFree } from './ports.ts'
import { readJson, writePrivate } from './private-file.ts'
import { endOf, endProcess } from './process-end.ts'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'
import { secondsSince, until } from './wait.ts'

const startMs = 60_000
const adoptMs = 15_000
const gentleStopMs = 20_000
const portTriesMax = 4
const worthSayingTries = 5
const retryMaxMs = 1_000
const adoptedWatchMs = 250

/** How to run one server program. */
export interface ServerPlan {
  name: string
  /** Its data folder. */
  dir: string
  logFile: string
  command: (port: number) => { file: string; args: string[]; uid?: number; gid?: number }
  /** One bounded try to reach our server on that port with our secret; false for no answer or a stranger's answer. */
  answers: (port: number) => Promise<boolean>
  /** Asks for a clean end, and then for a quick one. */
  stopSignals: [gentle: NodeJS.Signals, hard: NodeJS.Signals]
  /** What the user can do when this server does not start, e.g. which URL to set. */
  remedy: string
}

/** A server that is kept running on one port until it is stopped. */
export interface SupervisedServer {
  readonly name: string
  readonly dir: string
  readonly port: number
  /** The process now; another one after a restart. */
  readonly pid: number
  /** It was found running, left behind by a parent that was killed. */
  readonly isAdopted: boolean
  stop(): Promise<void>
}

interface RunRecord extends ProcessIdentity {
  port: number
}

/**
 * Brings a server up and keeps it up: adopts the one that a killed parent left, starts it otherwise, and starts it again
 * on the same port when it dies. It runs in a process group of its own, so that a terminal's Ctrl-C reaches us first and
 * we decide the order of the end. Throws StackFault when it does not answer within a minute.
 */
export async function superviseServer(
  plan: ServerPlan,
  { runDir, log }: { runDir: string; log: (line: string) => void },
): Promise<SupervisedServer> {
  const recordFile = path.join(runDir, `${plan.name}.json`)
  const started = performance.now()
  const survivor = await adopt(plan, recordFile)
  const first = survivor ?? (await startOnSomePort(plan, recordFile))
  log(`${plan.name} ${survivor ? 'found running' : 'started'} on port ${first.port}, ${secondsSince(started)}`)
  return keepUp(plan, { first, isAdopted: survivor !== undefined, recordFile, log })
}

interface Running {
  identity: ProcessIdentity
  port: number
  /** Resolves with how it ended. */
  ended: Promise<string>
}

async function adopt(plan: ServerPlan, recordFile: string): Promise<Running | undefined> {
  const record = readRecord(recordFile)
  if (!record || !isRunning(record)) return undefined
  if (await until(() => plan.answers(record.port), { withinMs: adoptMs }))
    return { identity: record, port: record.port, ended: watchAdopted(record) }
  // Ours, but no longer answering: it holds the data folder's lock, so it has to go before another can start.
  await endProcess(record, ending(plan))
  return undefined
}

async function startOnSomePort(plan: ServerPlan, recordFile: string): Promise<Running> {
  const last = readRecord(recordFile)?.port
  for (let tries = 1; ; tries += 1) {
    const port = tries === 1 && last !== undefined && (await isPortFree(last)) ? last : await freePort()
    try {
      return await start(plan, { port, recordFile })
    } catch (error) {
      // Between our look and its bind somebody else may have taken the port; anything else will not get better.
      if (tries >= portTriesMax || (await isPortFree(port))) throw error
    }
  }
}

async function start(plan: ServerPlan, { port, recordFile }: { port: number; recordFile: string }): Promise<Running> {
  const { file, args, uid, gid } = plan.command(port)
  const log = openLog(plan.logFile)
  const child = spawn(file, args, {
    cwd: plan.dir,
    detached: true,
    env: serverEnv(),
    stdio: ['ignore', log.fd, log.fd],
    ...(uid === undefined ? {} : { uid, gid }),
  })
  fs.closeSync(log.fd)
  child.unref()
  const ended = endOf(child)
  let end: string | undefined
  void ended.then((how) => {
    end = how
  })
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity) writePrivate(recordFile, JSON.stringify({ ...identity, port } satisfies RunRecord))
  try {
    const isUp = await until(async () => end !== undefined || (await plan.answers(port)), { withinMs: startMs })
    if (identity && isUp && end === undefined) return { identity, port, ended }
  } catch (error) {
    if (identity) await endProcess(identity, ending(plan))
    throw error
  }
  if (identity) await endProcess(identity, ending(plan))
  const found = end ?? `did not answer within ${startMs / 1000} s`
  throw new StackFault(
    `${plan.name} ${found}; ${plan.remedy}. Its log: ${plan.logFile}${logTail(plan.logFile, { from: log.size })}`,
  )
}

/** Only what a server needs: PGPORT and the like in the user's shell must not reach ours, nor our secrets it. */
function serverEnv(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_ENV } = process.env
  return { PATH, HOME, TMPDIR, NODE_ENV, LC_ALL: 'C', TZ: 'UTC' }
}

function keepUp(
  plan: ServerPlan,
  opening: { first: Running; isAdopted: boolean; recordFile: string; log: (line: string) => void },
): SupervisedServer {
  const { first, isAdopted, recordFile, log } = opening
  let now = first
  let starting: Promise<void> | undefined
  let isStopping = false

  const deaths = new BackOff()
  const watch = (running: Running): void => {
    const since = performance.now()
    void running.ended.then((how) => {
      if (isStopping) return
      starting = revive(how, deaths.pauseMs(performance.now() - since)).finally(() => {
        starting = undefined
      })
    })
  }

  const revive = async (how: string, firstPauseMs: number): Promise<void> => {
    log(`${plan.name} ${how}: starting it again on port ${first.port}`)
    const began = performance.now()
    const retries = new BackOff({ maxMs: retryMaxMs })
    for (let tries = 1; !isStopping; tries += 1) {
      await pause(tries === 1 ? firstPauseMs : retries.pauseMs())
      if (isStopping) return
      try {
        now = await start(plan, { port: first.port, recordFile })
        log(`${plan.name} answers again after ${secondsSince(began)}`)
        watch(now)
        return
      } catch (error) {
        // Postgres refuses for a moment, while backends of the killed server still hold its memory: not worth a line.
        if (tries >= worthSayingTries) log(`after ${tries} tries ${reasonOf(error).split('\n')[0]}`)
      }
    }
  }

  watch(first)
  return {
    name: plan.name,
    dir: plan.dir,
    port: first.port,
    isAdopted,
    get pid() {
      return now.identity.pid
    },
    async stop() {
      isStopping = true
      await starting
      await endProcess(now.identity, ending(plan))
    },
  }
}

/** It is not our child, so no event will come: look. */
function watchAdopted(identity: ProcessIdentity): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (isRunning(identity)) return
      clearInterval(timer)
      resolve('ended')
    }, adoptedWatchMs).unref()
  })
}

function ending({ stopSignals: [gentle, hard] }: ServerPlan) {
  return { gentle, hard, gentleMs: gentleStopMs }
}

function readRecord(file: string): RunRecord | undefined {
  const found = readJson(file) as Partial<RunRecord> | undefined
  return found?.pid !== undefined && found.birth !== undefined && found.port !== undefined
    ? { pid: found.pid, birth: found.birth, port: found.port }
    : undefined
}
