import fs from 'node:fs'
import fc from 'fast-check'
import { faultOfAnswer } from './check-answer.ts'
import { type HostileRequest, hostileRequests } from './hostile-request.ts'
import { sendRaw } from './send-raw.ts'

const CONCURRENCY = 8
const CHUNK = 2_000
const FAULTS_MAX = 20
const WATCH_MS = 500

export interface HostileReport {
  requests: number
  seconds: number
  /** How many requests of each kind, and how many answers of each status. */
  kinds: Record<string, number>
  statuses: Record<string, number>
  faults: string[]
  /** Resident memory of the web process in MiB: after the first chunk, at its highest, and at the end. */
  memory: { warm: number; highest: number; last: number }
}

/** Sends so many requests, drawn from a seed, and judges each answer. `pid`: the process whose memory is watched. */
export async function runHostile(input: {
  port: number
  pid: number
  key: string
  requests: number
  seed: number
  log: (line: string) => void
}): Promise<HostileReport> {
  const { port, pid, key, requests, seed, log } = input
  const arbitrary = hostileRequests(key)
  const report: HostileReport = {
    requests: 0,
    seconds: 0,
    kinds: {},
    statuses: {},
    faults: [],
    memory: { warm: 0, highest: 0, last: 0 },
  }
  const began = performance.now()
  const watch = setInterval(() => {
    report.memory.highest = Math.max(report.memory.highest, residentMiB(pid))
  }, WATCH_MS)
  try {
    for (let chunk = 0; report.requests < requests; chunk++) {
      const numRuns = Math.min(CHUNK, requests - report.requests)
      const drawn = fc.sample(arbitrary, { numRuns, seed: seed + chunk })
      await sendAll(drawn, { port, report, place: (at) => `seed ${seed + chunk}, request ${at}` })
      report.memory.last = residentMiB(pid)
      if (chunk === 0) report.memory.warm = report.memory.last
      log(`${report.requests} of ${requests}, ${report.faults.length} faults, web ${report.memory.last} MiB`)
    }
  } finally {
    clearInterval(watch)
  }
  report.seconds = Math.round((performance.now() - began) / 1000)
  return report
}

async function sendAll(
  drawn: readonly HostileRequest[],
  { port, report, place }: { port: number; report: HostileReport; place: (at: number) => string },
): Promise<void> {
  let next = 0
  const sendNext = async () => {
    while (next < drawn.length) {
      const at = next++
      const request = drawn[at]
      if (request === undefined) return
      const fault = await sendOne(port, request, report)
      report.requests++
      if (fault === null) continue
      // One of each sort: a hundred of the same would hide another.
      if (report.faults.length >= FAULTS_MAX || report.faults.some((known) => known.endsWith(fault))) continue
      report.faults.push(`${place(at)}, ${request.kind}, ${request.method} ${request.target.slice(0, 200)}: ${fault}`)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, sendNext))
}

async function sendOne(port: number, request: HostileRequest, report: HostileReport): Promise<string | null> {
  report.kinds[request.kind] = (report.kinds[request.kind] ?? 0) + 1
  try {
    const answer = await sendRaw(port, request)
    report.statuses[answer.status] = (report.statuses[answer.status] ?? 0) + 1
    return faultOfAnswer(request, answer)
  } catch (error) {
    return (error as Error).message
  }
}

/** 0 where the system does not tell. */
export function residentMiB(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Math.round(Number(kilobytes ?? 0) / 1024)
  } catch {
    return 0
  }
}
