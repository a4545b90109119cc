// `npm run hostile [-- --requests N] [--seed S]`: a hundred thousand hostile requests against a whole running system, and what came of them.
// Exit code 0 only if every answer was as documented, no process ended and memory stayed bounded. The seed is printed, and gives the same run again.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildPortal } from '@meterbook/stack/portal-build'
import { startRunningSystem } from '../clients/running-system.ts'
import { runHostile } from './hostile-run.ts'

const REQUESTS = 100_000
const BUILD_MS_MAX = 300_000
/** More than after the first two thousand. */
const GROWTH_MIB_MAX = 400

const { values } = parseArgs({
  options: { requests: { type: 'string', default: String(REQUESTS) }, seed: { type: 'string', default: '1' } },
})
const requests = wholeNumber('requests', values.requests)
const seed = wholeNumber('seed', values.seed)

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-hostile-build-'))
try {
  await buildPortal({ home: scratch, log: console.log, signal: AbortSignal.timeout(BUILD_MS_MAX) })
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
const system = await startRunningSystem()
let isRight = false
try {
  const { pid = 0 } = system.processes.web
  const report = await runHostile({
    port: Number(new URL(system.url).port),
    pid,
    key: system.demo.apps[0]?.ingestKey ?? '',
    requests,
    seed,
    log: console.log,
  })
  console.log(JSON.stringify({ seed, ...report }, null, 2))
  const { memory } = report
  const isAlive = system.processes.web.pid === pid && system.processes.web.restarts === 0
  isRight = report.faults.length === 0 && isAlive && memory.last - memory.warm < GROWTH_MIB_MAX
} finally {
  await system.stop()
}
console.log(isRight ? 'everything holds' : 'NOT everything holds')
process.exit(isRight ? 0 : 1)

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  console.error(`--${name}: expected a whole number, found ${text}`)
  process.exit(2)
}
