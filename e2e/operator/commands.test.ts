import { execFile } from 'node:child_process'
import path from 'node:path'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestEvent, sendBatch } from '../events.ts'
import { type OutageSystem, startOutageSystem } from '../outages/outage-system.ts'

const MAIN = path.resolve(import.meta.dirname, '..', '..', 'workers/src/operator/main.ts')
const WAIT_MS = 60_000

let system: OutageSystem
let app: string
let space: string
beforeAll(async () => {
  system = await startOutageSystem(async () => ({}))
  const { rows } = await system.pool.query<{ app: string; space: string }>(
    `SELECT a.slug AS app, s.slug AS space FROM ingest_key k JOIN app a ON a.id = k.app_id
     JOIN app_ownership o ON o.app_id = a.id JOIN developer_space s ON s.id = o.space_id WHERE $1 LIKE '%' || k.prefix || '%'`,
    [system.key],
  )
  app = rows[0]!.app
  space = rows[0]!.space
  const { url, key } = system
  const events = [
    ...[1, 2, 3].map((n) => requestEvent(`e${n}`, { subject: n < 3 ? 'ada' : 'bob' })),
    requestEvent('e1', { subject: 'ada' }),
    requestEvent('hostile\u202e', { type: 'nobody.counts' }),
  ]
  expect(await sendBatch({ url, key, events })).toBe(204)
  const isCounted = async () => {
    const { stdout } = await meterbook('usage', '--meter', 'requests', '--app', app, '--json')
    return (JSON.parse(stdout) as { rows: { value: string }[] }).rows[0]?.value === '3'
  }
  expect(await until(isCounted, { withinMs: WAIT_MS, everyMs: 200 })).toBe(true)
})
afterAll(() => system?.stop())

/** The command in a process of its own. */
function meterbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { postgres, clickhouse, redis } = system.servers
  const env = {
    ...{ PATH: process.env.PATH, NODE_ENV: 'test' as const, METERBOOK_HOME: system.home },
    ...{ DATABASE_URL: postgres.url, CLICKHOUSE_URL: clickhouse.url, REDIS_URL: redis.url },
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

describe('meterbook', () => {
  test('events tail shows what became of the newest events, and nothing of theirs moves the terminal', async () => {
    const { code, stdout } = await meterbook('events', 'tail', '--app', app, '--no-follow')
    expect(code).toBe(0)
    expect(stdout.trim().split('\n').length).toBe(5)
    expect(stdout).toMatch(/ {2}counted {2}request {2}\/e2e {2}e3/)
    expect(stdout).toMatch(/ {2}duplicate {2}request {2}\/e2e {2}e1/)
    expect(stdout).toMatch(/ {2}quarantined \(\w+\) {2}nobody\.counts {2}\/e2e {2}hostile\\u202e/)
    expect(stdout).not.toContain('\u202e')
    const held = await meterbook('events', 'tail', '--verdict', 'quarantined', '--no-follow', '--json')
    expect(JSON.parse(held.stdout)).toMatchObject({ type: 'nobody.counts', verdict: 'quarantined', app })
  })

  test('usage is by window, group and subject what was sent', async () => {
    const args = ['--meter', 'requests', '--by', 'subject', '--by', 'method', '--json']
    const { code, stdout } = await meterbook('usage', '--app', app, ...args)
    const { rows, unit } = JSON.parse(stdout)
    expect([code, typeof unit]).toEqual([0, 'string'])
    expect(rows.map(({ groups, value }: { groups: object; value: string }) => [groups, value])).toEqual([
      [{ subject: 'ada', method: 'GET' }, '2'],
      [{ subject: 'bob', method: 'GET' }, '1'],
    ])
    const ofSpace = await meterbook('usage', '--space', space, '--meter', 'requests', '--window', 'day')
    expect(ofSpace.stdout).toMatch(new RegExp(`00:00:00Z {2}\\S+Z {2}${app} +3`))
  })

  test('cost and statement of an open month say so, and add up', async () => {
    const cost = JSON.parse((await meterbook('cost', '--space', space, '--by', 'app,capability', '--json')).stdout)
    const statement = JSON.parse((await meterbook('statement', '--space', space, '--json')).stdout)
    expect([cost.state, statement.state]).toEqual(['open', 'open'])
    expect(cost.total).toBe(statement.total)
    expect(statement.lines).toBeInstanceOf(Array)
    expect((await meterbook('cost', '--space', space)).stdout).toContain('posted so far')
  })

  test('a shell completes its commands, their words and their options', async () => {
    const { stdout } = await meterbook('completion', 'bash')
    const complete = (words: string[]) =>
      new Promise<string[]>((resolve, reject) => {
        const ask =
          `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _meterbook; echo "$` +
          `{COMPREPLY[@]}"`
        execFile('bash', ['-c', ask], (error, said) => (error ? reject(error) : resolve(said.trim().split(' '))))
      })
    expect(await complete(['meterbook', 'do'])).toEqual(['doctor'])
    expect(await complete(['meterbook', 'events', ''])).toContain('tail')
    expect(await complete(['meterbook', 'usage', '--me'])).toEqual(['--meter'])
    for (const shell of ['zsh', 'fish']) expect((await meterbook('completion', shell)).stdout).toContain('meterbook')
    expect((await meterbook('completion', 'tcsh')).code).toBe(2)
  })

  test('each command says what it is for and how it ends, and tells machines what was wrong', async () => {
    const overview = await meterbook('--help')
    const names = [...overview.stdout.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, name]) => name!)
    expect(names).toEqual(
      expect.arrayContaining([
        'apply',
        'verify',
        'rebuild',
        'reconcile',
        'key',
        'export',
        'doctor',
        'close',
        'what-if',
      ]),
    )
    for (const name of names) {
      const { code, stdout } = await meterbook(name, '--help')
      expect([name, code]).toEqual([name, 0])
      expect(stdout).toMatch(/^Exit: 0 /m)
      const wrong = await meterbook(name, '--no-such-option', '--json')
      expect([name, wrong.code]).toEqual([name, 2])
      expect(JSON.parse(wrong.stdout)).toMatchObject({ ok: false, error: expect.stringContaining('--no-such-option') })
    }
  })
})

describe('a door that is told to end', () => {
  test('refuses what comes then with 503 and when to come back, says so to whoever spreads requests, and ends', async () => {
    const [door] = system.doors
    const { url, key } = system
    const ended = new Promise((resolve) => door!.once('exit', resolve))
    door!.kill('SIGTERM')
    const answers: { status: number; retryAfter: string | null; detail: string }[] = []
    let readyz = ''
    const isGone = async () => {
      try {
        const answer = await fetch(`${url}/api/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/cloudevents-batch+json', authorization: `Bearer ${key}` },
          body: JSON.stringify([requestEvent('late')]),
        })
        const text = await answer.text()
        const detail = text === '' ? '' : (JSON.parse(text) as { detail: string }).detail
        answers.push({ status: answer.status, retryAfter: answer.headers.get('retry-after'), detail })
        if (answer.status === 503) readyz ||= await (await fetch(`${url}/readyz`)).text()
        return false
      } catch {
        return true
      }
    }
    expect(await until(isGone, { withinMs: WAIT_MS, everyMs: 5 })).toBe(true)
    expect(await ended).toBe(0)
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    for (const { retryAfter, detail } of refused)
      expect([retryAfter, detail]).toEqual(['1', expect.stringContaining('about to end')])
    expect(JSON.parse(readyz)).toMatchObject({ status: 'draining' })
  })
})
