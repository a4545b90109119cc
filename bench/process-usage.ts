import fs from 'node:fs'

/** The kernel's clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICK_MICROS = 10_000
const SAMPLE_MS = 1_000

/** One process as the bench names it; `isTree`: with all its children, as Postgres has one for each connection. */
export interface WatchedProcess {
  name: string
  pid: number
  isTree?: boolean
}

export interface ProcessFigures {
  name: string
  /** User and system time of all threads. */
  cpuMicros: number
  /** Highest resident memory: as the kernel kept it for one process, the highest sample a second for a tree (shared pages counted once). */
  peakBytes: number
}

/** What each process used between `watchProcesses` and `end`. Linux only: elsewhere the list is empty. */
export function watchProcesses(watched: readonly WatchedProcess[]): { end(): ProcessFigures[] } {
  if (!fs.existsSync('/proc/self/stat')) return { end: () => [] }
  const before = watched.map((each) => cpuMicrosOf(each))
  const peaks = watched.map(() => 0)
  /** Of a process that ends meanwhile, what the last sample saw. */
  const latest = [...before]
  for (const { pid, isTree } of watched) if (!isTree) forgetPeak(pid)
  const sample = () => {
    for (const [index, each] of watched.entries()) {
      peaks[index] = Math.max(peaks[index] ?? 0, memoryOf(each))
      latest[index] = Math.max(latest[index] ?? 0, cpuMicrosOf(each))
    }
  }
  sample()
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    end() {
      clearInterval(timer)
      sample()
      return watched.map((each, index) => ({
        name: each.name,
        cpuMicros: (latest[index] ?? 0) - (before[index] ?? 0),
        peakBytes: peaks[index] ?? 0,
      }))
    },
  }
}

function cpuMicrosOf({ pid, isTree }: WatchedProcess): number {
  // utime, stime, and of a tree also what its ended children used; its living children one by one.
  const own = statOf(pid)
  if (!own) return 0
  const ticks = own.utime + own.stime
  if (!isTree) return ticks * TICK_MICROS
  const children = childrenOf(pid).map((child) => statOf(child))
  const living = children.reduce((sum, stat) => sum + (stat ? stat.utime + stat.stime : 0), 0)
  return (ticks + own.endedChildren + living) * TICK_MICROS
}

function memoryOf({ pid, isTree }: WatchedProcess): number {
  if (!isTree) return kibibytes(read(`/proc/${pid}/status`), 'VmHWM')
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + kibibytes(read(`/proc/${each}/smaps_rollup`), 'Pss'), 0)
}

/** Writing 5 starts the kernel's peak anew; where that is not allowed, the peak is the process's whole life's. */
function forgetPeak(pid: number): void {
  try {
    fs.writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // The peak then includes what came before.
  }
}

function statOf(pid: number): { utime: number; stime: number; endedChildren: number } | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === '') return undefined
  // After the name, which is in brackets and may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [utime = 0, stime = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
  return { utime, stime, endedChildren: endedUser + endedSystem }
}

function childrenOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`)
  return text.split(' ').filter(Boolean).map(Number)
}

function kibibytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return '' // it has ended
  }
}
