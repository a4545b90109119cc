import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkout } from './checkout.ts'
import { identify } from './process-identity.ts'
import { endLeftovers, type SupervisedProcess, superviseProcess } from './supervised-process.ts'
import { until } from './wait.ts'

let dir: string
let program: string
const started: SupervisedProcess[] = []

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-process-'))
  program = path.join(dir, 'program.ts')
  // Says its number, then runs until it is asked to end; a note on the disk tells that it ended in order.
  fs.writeFileSync(
    program,
    `import fs from 'node:fs'
    process.on('SIGTERM', () => { fs.writeFileSync(${JSON.stringify(path.join(dir, 'drained'))}, ''); process.exit(0) })
    console.log('up', process.pid)
    setInterval(() => {}, 1000)`,
  )
})
afterEach(async () => {
  for (const one of started.splice(0)) await one.halt('SIGKILL')
  fs.rmSync(dir, { recursive: true })
})

test('a process that is killed is started again', async () => {
  const one = supervise()
  const first = await pidOf(one)
  process.kill(first, 'SIGKILL')
  expect(await until(() => one.pid !== undefined && one.pid !== first, { withinMs: 5_000 })).toBe(true)
  expect(one.restarts).toBe(1)
})

test('halt lets it finish, and it stays ended until it is started', async () => {
  const one = supervise()
  const first = await pidOf(one)
  await one.halt()
  expect(fs.existsSync(path.join(dir, 'drained'))).toBe(true)
  expect(identify(first)).toBeUndefined()
  expect(one.pid).toBeUndefined()
  one.start()
  expect(await pidOf(one)).not.toBe(first)
  expect(one.restarts).toBe(0)
})

test('a halted process can be killed without a chance to finish', async () => {
  const one = supervise()
  const first = await pidOf(one)
  await one.halt('SIGKILL')
  expect(identify(first)).toBeUndefined()
  expect(fs.existsSync(path.join(dir, 'drained'))).toBe(false)
})

test('what it printed is at hand when something goes wrong', async () => {
  const one = supervise()
  const pid = await pidOf(one)
  expect(one.tail()).toContain(`| up ${pid}`)
})

test('a process does not outlive a parent that was killed outright', async () => {
  const code = `import { superviseProcess } from ${JSON.stringify(path.join(import.meta.dirname, 'supervised-process.ts'))}
    const one = superviseProcess(${JSON.stringify(plan())}, { runDir: ${JSON.stringify(dir)}, log() {} })
    console.log(one.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
  const pid = Number(line)
  const hasSaid = () => fs.existsSync(plan().logFile) && fs.readFileSync(plan().logFile, 'utf8').includes(`up ${pid}`)
  expect(await until(hasSaid, { withinMs: 5_000 })).toBe(true)
  parent.kill('SIGKILL')
  expect(await until(() => identify(pid) === undefined, { withinMs: 5_000 })).toBe(true)
  expect(fs.existsSync(path.join(dir, 'drained'))).toBe(true)
})

test('a process that a killed parent left is ended by the next start', async () => {
  const one = supervise()
  const pid = await pidOf(one)
  // As a stranger would see it: another supervisor, which knows only the record on the disk.
  await endLeftovers(dir)
  expect(identify(pid)).toBeUndefined()
})

function supervise(): SupervisedProcess {
  const one = superviseProcess(plan(), { runDir: dir, log: () => {} })
  started.push(one)
  return one
}

function plan() {
  const script = path.relative(checkout, program)
  return { name: 'sample', script, env: { PATH: process.env.PATH }, logFile: path.join(dir, 'log'), drainMs: 5_000 }
}

/** Once it has said that it is up: before that, it would end on SIGTERM without its own handler. */
async function pidOf(one: SupervisedProcess): Promise<number> {
  expect(await until(() => one.pid !== undefined && one.tail().includes(`up ${one.pid}`), { withinMs: 5_000 })).toBe(
    true,
  )
  return one.pid ?? 0
}
