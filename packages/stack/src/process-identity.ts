import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

/** A process, and the instant of its birth as its system tells it: a pid alone may by now be somebody else's. */
export interface ProcessIdentity {
  pid: number
  birth: string
}

/** Who `pid` is now; undefined when nobody runs under it (a zombie runs nothing). */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const birth = process.platform === 'linux' ? birthFromProc(pid) : birthFromPs(pid)
  return birth === undefined ? undefined : { pid, birth }
}

/** Whether that very process, and no later one with its pid, still runs. */
export function isRunning(known: ProcessIdentity): boolean {
  return identify(known.pid)?.birth === known.birth
}

/** Clock ticks since boot, and which boot: the pair is never given twice. */
function birthFromProc(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    if (state === 'Z' || state === 'X') return undefined
    return `${bootId()}:${fields[19]}`
  } catch {
    return undefined // no such process
  }
}

let knownBootId: string | undefined
function bootId(): string {
  knownBootId ??= fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return knownBootId
}

function birthFromPs(pid: number): string | undefined {
  try {
    const env = { ...process.env, LC_ALL: 'C' }
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env }).trim()
    const [state, ...lstart] = line.split(/\s+/)
    return state === undefined || state.startsWith('Z') ? undefined : lstart.join(' ')
  } catch {
    return undefined // ps ends with 1 when there is no such process
  }
}
