import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkout } from './checkout.ts'
import { tryClaim } from './claim.ts'
import { StackFault } from './fault.ts'
import { logTail, openLog } from './log-file.ts'
import { endOf } from './process-end.ts'
import { secondsSince } from './wait.ts'

/** Nothing to build takes less: then there is nothing to say. */
const progressMs = 8_000

/**
 * Builds the portal's pages through turbo, which does nothing when no source has changed since the last build. Two starts
 * in one checkout build one after the other, because they would write the same folder.
 */
export async function buildPortal(options: {
  home: string
  log: (line: string) => void
  signal: AbortSignal
}): Promise<void> {
  const { home, log, signal } = options
  const started = performance.now()
  const release = await waitForTurn(options)
  try {
    const told = setInterval(() => log(`portal: building its pages, ${secondsSince(started)}`), progressMs)
    await runTurbo({ logFile: path.join(home, 'logs', 'portal-build.log'), signal }).finally(() => clearInterval(told))
    log(`portal pages in place, ${secondsSince(started)}`)
  } finally {
    release()
  }
}

async function waitForTurn({ log, signal }: { log: (line: string) => void; signal: AbortSignal }): Promise<() => void> {
  const dir = path.join(checkout, '.turbo')
  fs.mkdirSync(dir, { recursive: true })
  for (let told = false; ; ) {
    signal.throwIfAborted()
    const claim = tryClaim(path.join(dir, 'portal-build.claim'))
    if ('release' in claim) return claim.release
    if (claim.holder && !told) log(`portal: being built by process ${claim.holder.pid}, waiting for it`)
    told ||= claim.holder !== undefined
    await pause(100)
  }
}

async function runTurbo({ logFile, signal }: { logFile: string; signal: AbortSignal }): Promise<void> {
  const turbo = path.join(checkout, 'node_modules', 'turbo', 'bin', 'turbo')
  const args = [
    'run',
    'build',
    '--filter=@meterbook/web',
    '--env-mode=loose',
    '--no-daemon',
    '--no-color',
    '--ui=stream',
  ]
  const log = openLog(logFile)
  const child = spawn(process.execPath, [turbo, ...args], {
    cwd: checkout,
    // A group of its own, so that all of turbo's and Next's processes can be ended at once.
    detached: true,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      TURBO_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
    },
    stdio: ['ignore', log.fd, log.fd],
  })
  fs.closeSync(log.fd)
  const endGroup = () => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, 'SIGTERM')
  signal.addEventListener('abort', endGroup, { once: true })
  const end = await endOf(child)
  signal.removeEventListener('abort', endGroup)
  signal.throwIfAborted()
  if (end !== 'ended with code 0')
    throw new StackFault(
      `the portal’s build ${end}. Its log: ${logFile}${logTail(logFile, { from: log.size, linesMax: 40 })}`,
    )
}
