import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { readCsv } from '@meterbook/core/csv'
import { addDecimals } from '@meterbook/core/kernel'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from '../clients/running-system.ts'
import { sendBatch } from '../events.ts'

const MAIN = path.resolve(import.meta.dirname, '..', '..', 'workers/src/operator/main.ts')
const APP = 'sprint-radar'
const SPACE = 'fernline'
const GIB = 1_073_741_824
/** Some seventy days are settled, day by day, beside everything else that a build does. */
const SETTLED_MS_MAX = 240_000

let system: RunningSystem
let cookie: string
beforeAll(async () => {
  system = await startRunningSystem()
  cookie = await signIn(system.demo.admin)
})
afterAll(() => system?.stop())

async function signIn(person: { email: string; password: string }): Promise<string> {
  const answer = await fetch(`${system.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: system.url },
    body: JSON.stringify(person),
  })
  if (answer.status !== 200) throw new Error(`expected to be signed in, found ${answer.status}`)
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}

const get = (path: string, headers: Record<string, string> = { cookie }) =>
  fetch(`${system.url}/api/v1/${path}`, { headers })

/** `2026-09` in November: a month whose usage may not come in time any more, whatever the day. */
function monthBeforeLast(): string {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 15)).toISOString().slice(0, 7)
}

function meterbook(...args: string[]): Promise<{ code: number; stdout: string }> {
  const { postgres, clickhouse, redis } = system.stores
  const urls = { DATABASE_URL: postgres.url, CLICKHOUSE_URL: clickhouse.url, REDIS_URL: redis.url }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...urls } }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout }),
    )
  })
}

const close = async (month: string) => {
  const { code, stdout } = await meterbook('close', '--space', SPACE, '--month', month, '--json')
  return { code, ...(JSON.parse(stdout) as { outcome: string; total: string; statement: string }) }
}

test('what an app sent is settled, closed once, and read by a person as a statement whose every file adds up to it', async () => {
  const month = monthBeforeLast()
  const written = (id: string, day: string, bytes: number) => ({
    specversion: '1.0' as const,
    id,
    source: '/e2e/statements',
    type: 'kvs.written',
    time: `${month}-${day}T12:00:00Z`,
    data: { bytes },
  })
  const key = system.keyOf(APP)
  const events = [written('1', '10', 2 * GIB), written('2', '11', GIB / 2), written('3', '11', GIB / 4)]
  expect(await sendBatch({ url: system.url, key, events })).toBe(204)

  const outcomes: Awaited<ReturnType<typeof close>>[] = []
  const isClosed = async () => outcomes.unshift(await close(month)) > 0 && outcomes[0]?.code === 0
  expect(await until(isClosed, { withinMs: SETTLED_MS_MAX })).toBe(true)
  // 2.75 GB less 0.1 that are included, at 1.09
  expect(outcomes[0]).toMatchObject({ outcome: 'closed', total: '2.89', statement: `${month}-${SPACE}` })
  expect(await close(month)).toMatchObject({ code: 0, outcome: 'already_closed', total: '2.89' })

  const address = `statements/${month}-${SPACE}`
  const statement = (await (await get(address)).json()) as {
    state: string
    exactTotal: string
    lines: { id: string; kind: string; app: string | null; quantity: string | null; amount: string }[]
    proof: { isEqual: boolean; headHash: string; entriesSum: string }
  }
  expect(statement).toMatchObject({
    state: 'closed',
    exactTotal: '2.8885',
    proof: { isEqual: true, entriesSum: '2.89' },
  })
  expect(statement.lines.map(({ kind, app, quantity, amount }) => [kind, app, quantity, amount])).toEqual([
    ['usage', APP, '2.75', '2.8885'],
    ['rounding', null, null, '0.0015'],
  ])
  const { entries } = (await (await get(`${address}/entries?line=${statement.lines[0]?.id}`)).json()) as {
    entries: { quantity: string }[]
  }
  expect(entries.map(({ quantity }) => quantity)).toEqual(['2', '0.75'])

  for (const query of ['format=csv', 'format=csv&dataset=entries', 'format=focus', 'format=focus&profile=1.2']) {
    const file = Buffer.from(await (await get(`${address}/export?${query}`)).arrayBuffer())
    const [header = [], ...rows] = readCsv(file.toString())
    const column = header.indexOf(query.includes('focus') ? 'BilledCost' : 'amount')
    expect(
      rows.reduce((sum, row) => addDecimals(sum, row[column] ?? '0'), '0'),
      query,
    ).toBe('2.89')
    const manifest = await (await get(`${address}/export/manifest?${query}`)).json()
    expect(manifest).toMatchObject({ rows: rows.length, sha256: createHash('sha256').update(file).digest('hex') })
  }

  expect((await get(address, {})).status).toBe(401)
  expect((await get(address, { authorization: `Bearer ${key}` })).status).toBe(403)
  const heads = (await (await get('ledger/heads', {})).json()) as { heads: { hash: string }[] }
  expect(heads.heads.map(({ hash }) => hash)).toContain(statement.proof.headHash)
  expect((await meterbook('verify')).code).toBe(0)
})
