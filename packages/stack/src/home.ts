import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkout } from './checkout.ts'
import { tryClaim } from './claim.ts'
import { StackFault } from './fault.ts'

const claimTriesMax = 50

/** Where embedded data and secrets live: METERBOOK_HOME, or `.meterbook/` in the checkout. Always absolute. */
export function homeFrom(env: NodeJS.ProcessEnv): string {
  return env.METERBOOK_HOME ? path.resolve(env.METERBOOK_HOME) : path.join(checkout, '.meterbook')
}

/** Takes the home for this process alone; answers with the way to give it back. StackFault when a living process has it. */
export async function claimHome(home: string): Promise<() => void> {
  makeHome(home)
  const file = path.join(home, 'claim.json')
  for (let tries = 0; tries < claimTriesMax; tries += 1) {
    const claim = tryClaim(file)
    if ('release' in claim) return claim.release
    if (claim.holder)
      throw new StackFault(
        `${home} is in use by process ${claim.holder.pid}: stop that one first, or set METERBOOK_HOME (and PORT) to run beside it`,
      )
    await pause(20)
  }
  throw new StackFault(`${file} could not be taken in ${claimTriesMax} tries: remove it if nothing runs on ${home}`)
}

function makeHome(home: string): void {
  try {
    fs.mkdirSync(home, { recursive: true, mode: 0o700 })
    fs.chmodSync(home, 0o700)
    fs.accessSync(home, fs.constants.W_OK)
  } catch (error) {
    throw new StackFault(
      `${home} cannot be used (${(error as NodeJS.ErrnoException).code}): set METERBOOK_HOME to a folder you may write`,
      { cause: error },
    )
  }
}
