import type { ChildProcess } from 'node:child_process'
import { isRunning, type ProcessIdentity } from './process-identity.ts'
import { until } from './wait.ts'

const hardStopMs = 5_000

/** Resolves, once, with how a child ended: "ended with code 1". Never rejects: not starting at all is an end too. */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`cannot be run (${error.message})`))
    child.once('exit', (code, signal) => resolve(signal ? `ended on ${signal}` : `ended with code ${code}`))
  })
}

/** Asks a process to end, waits `gentleMs`, then insists, and in the end kills it. Returns when it is gone. */
export async function endProcess(
  identity: ProcessIdentity,
  { gentle, hard, gentleMs }: { gentle: NodeJS.Signals; hard: NodeJS.Signals; gentleMs: number },
): Promise<void> {
  const isGone = () => !isRunning(identity)
  if (isGone()) return
  send(identity.pid, gentle)
  if (await until(isGone, { withinMs: gentleMs, everyMs: 10 })) return
  send(identity.pid, hard)
  if (await until(isGone, { withinMs: hardStopMs, everyMs: 10 })) return
  send(identity.pid, 'SIGKILL')
  await until(isGone, { withinMs: hardStopMs, everyMs: 10 })
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it ended by itself meanwhile
  }
}
