import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { meterValue } from '../events.ts'
import { type RunningSystem, startRunningSystem } from './running-system.ts'
import { type SendingApp, startSendingApp } from './sending-app.ts'

const EVENTS = 6_000
const PER_SECOND = 1_000
const KILLS = 4
const WAIT_MS = 60_000

let system: RunningSystem
let spill: string
beforeAll(async () => {
  system = await startRunningSystem()
  spill = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-client-'))
})
afterAll(async () => {
  await system?.stop()
  fs.rmSync(spill, { recursive: true, force: true })
})

test('the server killed again and again while an app sends costs no event and counts none twice', async () => {
  const subject = 'server-killed'
  const app = start({ subject, from: 0, to: EVENTS })
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await reaches(app, (EVENTS / (KILLS + 1)) * kill)
    process.kill(await pidOfWeb(), 'SIGKILL')
  }
  const said = await app.ended
  expect(said).toMatchObject({ left: 0, lost: 0 })
  // Otherwise no kill met a request, and the test has shown nothing.
  expect(said!.problems).toBeGreaterThan(0)
  await countsExactly(subject, EVENTS)
})

test('the app killed again and again loses nothing that send answered for: the next start sends it, and nothing counts twice', async () => {
  const subject = 'app-killed'
  let from = 0
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const app = start({ subject, from, to: EVENTS, spill })
    await reaches(app, (EVENTS / (KILLS + 1)) * kill)
    // The server goes with it every other time, so that much is left on the disk.
    if (kill % 2 === 0) process.kill(await pidOfWeb(), 'SIGKILL')
    app.child.kill('SIGKILL')
    expect(await app.ended).toBe(null)
    from = app.kept()
  }
  const last = start({ subject, from, to: EVENTS, spill })
  expect(await last.ended).toMatchObject({ left: 0, lost: 0 })
  await countsExactly(subject, EVENTS)
  expect(fs.readdirSync(spill)).toEqual([])
})

test('an app that is told to end sends what waits first', async () => {
  const subject = 'app-ended'
  const app = start({ subject, from: 0, to: EVENTS })
  await reaches(app, 500)
  app.child.kill('SIGTERM')
  await app.ended
  expect(app.child.signalCode).toBe('SIGTERM')
  const value = () => countOf(subject)
  await until(async () => (await value()) >= app.kept(), { withinMs: WAIT_MS, everyMs: 100 })
  expect(await value()).toBeGreaterThanOrEqual(app.kept())
})

function start(input: { subject: string; from: number; to: number; spill?: string }): SendingApp {
  return startSendingApp({ url: system.url, key: system.keyOf('sprint-radar'), perSecond: PER_SECOND, ...input })
}

async function reaches(app: SendingApp, count: number): Promise<void> {
  expect(await until(() => app.kept() >= count, { withinMs: WAIT_MS, everyMs: 5 })).toBe(true)
}

/** Of the web process that listens now: it is started again by itself. */
async function pidOfWeb(): Promise<number> {
  const answers = () =>
    fetch(`${system.url}/healthz`).then(
      () => true,
      () => false,
    )
  await until(answers, { withinMs: WAIT_MS })
  const { pid } = system.processes.web
  expect(pid).toBeGreaterThan(0)
  return pid!
}

async function countOf(subject: string): Promise<number> {
  const query = { subject }
  const value = await meterValue({ url: system.url, key: system.keyOf('sprint-radar'), meter: 'requests', query })
  return Number(value ?? 0)
}

async function countsExactly(subject: string, events: number): Promise<void> {
  await until(async () => (await countOf(subject).catch(() => 0)) >= events, { withinMs: WAIT_MS, everyMs: 100 })
  expect(await countOf(subject)).toBe(events)
}
