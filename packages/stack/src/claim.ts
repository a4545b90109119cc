import fs from 'node:fs'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/** What came of a try to take a claim: the way to give it back, or who has it (undefined: it changed hands just now). */
export type Claim = { release: () => void } | { holder: ProcessIdentity | undefined }

/**
 * Tries once to take a file as a sign that this process alone may do something. The claim of a process that is gone
 * (killed, or the machine restarted) does not count; its pid being somebody else's by now does not confuse it.
 */
export function tryClaim(file: string): Claim {
  const self = identify(process.pid)
  if (!self) throw new Error('this process cannot find itself')
  if (createWhole(file, JSON.stringify(self))) return { release: () => release(file, self) }
  const holder = read(file)
  if (holder && isRunning(holder)) return { holder }
  if (holder) clearStale(file, holder)
  return { holder: undefined }
}

/** Creates the file with all of its content in one step (a link to a finished draft); false when it already exists. */
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

function read(file: string): ProcessIdentity | undefined {
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
  if (read(aside)?.pid === holder.pid) fs.rmSync(aside, { force: true })
  else fs.renameSync(aside, file)
}

function release(file: string, self: ProcessIdentity): void {
  if (read(file)?.birth === self.birth) fs.rmSync(file, { force: true })
}
