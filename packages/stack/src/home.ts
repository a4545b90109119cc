import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkout } from './checkout.ts'
import { StackFault } from './fault.ts'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

const claimTriesMax = 50

/** Where embedded data and secrets live: METERBOOK_HOME, or `.meterbook/` in the checkout. Always absolute. */
export function homeFrom(env: NodeJS.ProcessEnv): string {
  return env.METERBOOK_HOME ? path.resolve(env.METERBOOK_HOME) : path.join(checkout, '.meterbook')
}

/**
 * Takes the home for this process alone and answers with the way to give it back. A claim whose process is gone (killed,
 * or the machine restarted) is taken over; a living one is a StackFault that names its pid.
 */
export async function claimHome(home: string): Promise<() => void> {
  makeHome(home)
  const file = path.join(home, 'claim.json')
  const self = identify(process.pid)
  if (!self) throw new Error('this process cannot find itself')
  for (let tries = 0; tries < claimTriesMax; tries += 1) {
    if (createWhole(file, JSON.stringify(self))) return () => release(file, self)
    const holder = readClaim(file)
    if (holder && isRunning(holder))
      throw new StackFault(
        `${home} is in use by process ${holder.pid}: stop that one first, or set METERBOOK_HOME (and PORT) to run beside it`,
      )
    if (holder) clearStale(file, holder)
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

/** Creates the file with all of its content in one step (a link of a finished draft); false when it already exists. */
function createWhole(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`
  fs.writeFileSync(draft, content, { mode: 0o600 })
  try {
    fs.linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    fs.rmSync(draft, { force: true })
  }
}

function readClaim(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined // just given back
  }
}

/** Moved before it is removed: of two that see the same dead holder, the second must not remove the first one's claim. */
function clearStale(file: string, holder: ProcessIdentity): void {
  const aside = `${file}.stale.${process.pid}`
  try {
    fs.renameSync(file, aside)
  } catch {
    return // somebody else cleared it
  }
  if (readClaim(aside)?.pid === holder.pid) fs.rmSync(aside, { force: true })
  else fs.renameSync(aside, file)
}

function release(file: string, self: ProcessIdentity): void {
  if (readClaim(file)?.birth === self.birth) fs.rmSync(file, { force: true })
}
