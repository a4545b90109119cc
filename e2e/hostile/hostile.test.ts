import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from '../clients/running-system.ts'
import { MARKER } from './hostile-request.ts'
import { type HostileReport, runHostile } from './hostile-run.ts'

/** The same every time; `npm run hostile` sends a hundred thousand from a seed of its own. */
const SEED = 7_316
const REQUESTS = 5_000
/** What a web process may hold more than after the first two thousand: bodies in flight, not a leak. */
const GROWTH_MIB_MAX = 400

let system: RunningSystem
let report: HostileReport
let pid: number | undefined
beforeAll(async () => {
  system = await startRunningSystem()
  pid = system.processes.web.pid
  report = await runHostile({
    port: Number(new URL(system.url).port),
    pid: pid ?? 0,
    key: system.keyOf('sprint-radar'),
    requests: REQUESTS,
    seed: SEED,
    log: () => undefined,
  })
})
afterAll(() => system?.stop())

describe(`${REQUESTS} hostile requests`, () => {
  test('each get an answer: no 5xx but the documented ones, and every refusal a problem with its exact content type', () => {
    expect(report.faults).toEqual([])
    expect(report.requests).toBe(REQUESTS)
    expect(Object.keys(report.kinds).length).toBeGreaterThanOrEqual(15)
    for (const status of [200, 204, 400, 401, 404, 405, 413, 415, 431])
      expect(report.statuses[status], `${status}`).toBeGreaterThan(0)
  })

  test('end no process, and leave its memory bounded', async () => {
    expect(system.processes.web.pid).toBe(pid)
    expect(system.processes.web.restarts).toBe(0)
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200)
    expect(report.memory.warm).toBeGreaterThan(0)
    expect(report.memory.last - report.memory.warm).toBeLessThan(GROWTH_MIB_MAX)
  })

  test('leave no trace of what was sent, nor of any secret, in a log; and no line of one can be forged', () => {
    const secrets = [
      ...system.demo.apps.map(({ ingestKey }) => ingestKey),
      system.demo.serviceKey,
      ...system.demo.people.map(({ password }) => password),
    ]
    const folder = path.dirname(system.processes.web.logFile)
    const files = fs.readdirSync(folder)
    expect(files).toContain('web.log')
    for (const file of files) {
      const text = fs.readFileSync(path.join(folder, file), 'utf8')
      expect(text, file).not.toContain(MARKER)
      expect(text, file).not.toContain('alert(1)')
      for (const secret of secrets) expect(text.includes(secret), `a secret in ${file}`).toBe(false)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is asked
      expect(text, file).not.toMatch(/[\u0000\u001b\u202e]/)
    }
  })
})
