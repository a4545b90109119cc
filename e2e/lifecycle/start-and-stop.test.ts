import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { until } from '@meterbook/stack/wait'
import { afterAll, describe, expect, test } from 'vitest'
import { meterValue, requestEvent, sendBatch } from '../events.ts'
import { type StartedSystem, startSystem } from '../started-system.ts'

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-lifecycle-'))
const secondHome = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-lifecycle-'))
const running: StartedSystem[] = []

afterAll(async () => {
  for (const system of running) await system.stop()
  for (const folder of [home, secondHome]) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('npm start', () => {
  test('brings up a ready system whose demo is described in demo.json, private to its owner', async () => {
    const system = await start({ home })
    const { demo } = system
    expect(demo.url).toBe(system.url)
    expect(demo.apps.length).toBe(6)
    for (const { id, slug, ingestKey } of demo.apps) {
      expect([id, slug, ingestKey]).toEqual([
        expect.stringMatching(/^[0-9a-f-]{36}$/),
        expect.any(String),
        expect.stringMatching(/^mbk_/),
      ])
    }
    for (const file of ['demo.json', 'services.json', 'secrets.json'])
      expect(fs.statSync(path.join(home, file)).mode & 0o777).toBe(0o600)
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${system.url}/readyz`)
    expect([ready.status, ((await ready.json()) as { status: string }).status]).toEqual([200, 'ready'])
  })

  test('runs beside another one with its own home and port, and neither sees the other', async () => {
    const [first] = running
    const second = await start({ home: secondHome, args: ['--empty'] })
    expect(second.url).not.toBe(first!.url)
    expect(second.output()).toContain('admin')
    expect(fs.existsSync(path.join(secondHome, 'demo.json'))).toBe(false)
    const key = first!.demo.apps[0]!.ingestKey
    expect(await sendBatch({ url: second.url, key, events: [requestEvent('elsewhere')] })).toBe(401)
    expect(await stop(second, secondHome)).toEqual({ code: 0, left: [] })
  })

  test('SIGTERM ends everything it started, and what was acknowledged before it is there after the next start, which builds and seeds nothing', async () => {
    const [first] = running
    const { ingestKey: key } = first!.demo.apps[0]!
    const events = Array.from({ length: 100 }, (_, index) =>
      requestEvent(`before-stop-${index}`, { subject: 'lifecycle' }),
    )
    expect(await sendBatch({ url: first!.url, key, events })).toBe(204)
    expect(await stop(first!, home)).toEqual({ code: 0, left: [] })

    const again = await start({ home })
    console.log(`second start: ready after ${again.readySeconds.toFixed(1)} s`)
    expect(again.output()).not.toMatch(/building|made /)
    const sentIn = Number(/history \d+\/(\d+)/.exec(again.output())?.[1] ?? 0)
    expect(sentIn).toBeLessThan(AWAY_EVENTS_MAX)
    expect(again.demo.apps[0]?.ingestKey).toBe(key)
    const value = () => meterValue({ url: again.url, key, meter: 'requests', query: { subject: 'lifecycle' } })
    await until(async () => (await value()) === '100', { withinMs: 20_000 })
    expect(await value()).toBe('100')
    expect(await stop(again, home)).toEqual({ code: 0, left: [] })
  })

  test('with the folder of ClickHouse gone replays the journal by itself: every meter says what it said before', async () => {
    // The demo goes on sending, some of it hours late: what is older than a day stands still.
    const range = { from: '2000-01-01T00:00:00Z', to: new Date(Date.now() - DAY_MS).toISOString() }
    const before = await start({ home })
    const { ingestKey: key } = before.demo.apps[0]!
    const answers = async (system: StartedSystem) => {
      const values = METERS.map((meter) => meterValue({ url: system.url, key, meter, query: range }))
      return Object.fromEntries(await Promise.all(values.map(async (value, index) => [METERS[index], await value])))
    }
    const expected = await answers(before)
    expect(Object.values(expected).every((value) => value !== null && value !== '0')).toBe(true)
    await stop(before, home)
    fs.rmSync(path.join(home, 'clickhouse'), { recursive: true })

    const after = await start({ home })
    expect(after.output()).toContain('replay')
    await until(async () => isSame(await answers(after), expected), { withinMs: 90_000 })
    expect(await answers(after)).toEqual(expected)
    expect(await stop(after, home)).toEqual({ code: 0, left: [] })
  })
})

const DAY_MS = 86_400_000
/** Two months of history are some 200,000 events; what a start was away for is a handful, or none. */
const AWAY_EVENTS_MAX = 1_000
const METERS = ['functions_duration', 'kvs_reads', 'logs_writes', 'sql_requests', 'sql_stored']

function isSame(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

async function start(input: { home: string; args?: string[] }): Promise<StartedSystem> {
  const system = await startSystem(input)
  running.push(system)
  return system
}

async function stop(system: StartedSystem, itsHome: string): Promise<{ code: number; left: string[] }> {
  running.splice(running.indexOf(system), 1)
  const code = await system.stop()
  return { code, left: processesOf(itsHome) }
}

/** Command lines of all processes that name the home, on their command line or in their environment. */
function processesOf(folder: string): string[] {
  return fs.readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    const [command, environment] = ['cmdline', 'environ'].map((file) => read(`/proc/${pid}/${file}`))
    return `${command}\0${environment}`.includes(folder) ? [command ?? ''] : []
  })
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
