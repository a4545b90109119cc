import fs from 'node:fs'
import path from 'node:path'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from '../clients/running-system.ts'
import { openPortalSession } from '../corrections/portal-session.ts'

const HTML = '<img src=x onerror=alert(1)>'
const FORMULA = `=cmd|' /C calc'!A0`
const APP = 'sprint-radar'
const COUNTED_MS_MAX = 60_000

let system: RunningSystem
let key = ''
let cookie = ''
let setCookies: string[] = []
beforeAll(async () => {
  system = await startRunningSystem()
  key = system.keyOf(APP)
  const answer = await fetch(`${system.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: system.url },
    body: JSON.stringify(system.demo.admin),
  })
  setCookies = answer.headers.getSetCookie()
  cookie = setCookies.map((line) => line.split(';', 1)[0]).join('; ')
})
afterAll(() => system?.stop())

const asApp = (place: string, headers: Record<string, string> = {}) =>
  fetch(`${system.url}${place}`, { headers: { authorization: `Bearer ${key}`, ...headers } })

describe('hostile text that was taken', () => {
  test('is no formula in a CSV, and pollutes nothing in an answer', async () => {
    const events = [HTML, FORMULA, '@SUM(1)', '+1', '-1+1', '__proto__'].map((model, at) => {
      const data = `{"tokens":1,"model":${JSON.stringify(model)},"__proto__":{"isAdmin":true},"type":"x"}`
      return `{"specversion":"1.0","id":"h${at}","source":"/h","type":"prompt","data":${data}}`
    })
    const sent = await fetch(`${system.url}/api/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: `[${events.join(',')}]`,
    })
    expect(sent.status).toBe(204)
    const csv = async () =>
      (await asApp('/api/v1/meters/tokens_total/query?groupBy=model', { accept: 'text/csv' })).text()
    expect(await until(async () => (await csv()).includes('onerror'), { withinMs: COUNTED_MS_MAX })).toBe(true)
    const cells = (await csv()).split(/\r?\n/).flatMap((line) => line.split(','))
    expect(cells.some((cell) => cell.includes('cmd|'))).toBe(true)
    for (const cell of cells) expect(cell.replace(/^"/, ''), cell).not.toMatch(/^[=@+\t]|^-(?!\d+(\.\d+)?"?$)/)
    const life = await (await asApp(`/api/v1/events/${encodeURIComponent('/h')}/h0`)).text()
    expect(JSON.parse(life).content).toContain('"__proto__"')
    const listed = (await (await asApp('/api/v1/events?limit=10')).json()) as { event: { data: object } }[]
    expect(listed.every(({ event }) => (event.data as { isAdmin?: unknown }).isAdmin === undefined)).toBe(true)
  })

  test('is text in a page, and nothing of the page runs or loads from elsewhere', async () => {
    const session = await openPortalSession(system.url, system.demo.admin)
    const space = system.demo.space.slug
    await session.mutate('keys.create', { space, app: APP, name: HTML, purpose: 'send' })
    const page = await fetch(`${system.url}/s/${space}/keys`, { headers: { cookie } })
    const html = await page.text()
    expect(page.status).toBe(200)
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).not.toContain(HTML)
    expectStrict(page.headers.get('content-security-policy') ?? '')
    for (const [, place = ''] of html.matchAll(/(?:src|href|action)="([^"]*)"/g)) {
      expect(place, place).toMatch(/^(\/(?!\/)|#|data:|\?|$)/)
    }
  })

  test('is in no log, and neither is a secret', () => {
    const folder = path.dirname(system.processes.web.logFile)
    for (const file of fs.readdirSync(folder)) {
      const text = fs.readFileSync(path.join(folder, file), 'utf8')
      expect(text.includes('onerror') || text.includes('cmd|'), file).toBe(false)
      for (const secret of secretsOf()) expect(text.includes(secret), `a secret in ${file}`).toBe(false)
    }
  })
})

/** Whatever the policy allows, it is of this origin, and no script without the answer's nonce. */
function expectStrict(policy: string): void {
  const directives = new Map(
    policy.split('; ').map((each) => [each.split(' ', 1)[0], each.split(' ').slice(1)] as const),
  )
  expect(directives.get('default-src')).toEqual([`'none'`])
  expect(directives.get('frame-ancestors')).toEqual([`'none'`])
  expect(directives.get('base-uri')).toEqual([`'none'`])
  for (const [name, sources] of directives) {
    for (const source of sources) {
      const isOfOurs = /^'(self|none|nonce-[\w+/=]{20,})'$/.test(source)
      const isKnown =
        (name === 'style-src-attr' && source === `'unsafe-inline'`) || (name === 'img-src' && source === 'data:')
      expect(isOfOurs || isKnown, `${name} ${source}`).toBe(true)
    }
  }
}

test('every page, whoever asks and whether it is there or not, has the strict policy, with a nonce of its own', async () => {
  const nonces = new Set<string>()
  for (const place of ['/sign-in', '/', '/nothing', '/s/nothing', '/admin']) {
    const answer = await fetch(`${system.url}${place}`, { redirect: 'manual' })
    await answer.text()
    const policy = answer.headers.get('content-security-policy') ?? ''
    expectStrict(policy)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    nonces.add(/nonce-([\w+/=]+)/.exec(policy)?.[1] ?? '')
  }
  expect(nonces.size).toBe(5)
})

test('the session’s cookie is for this origin’s server alone: no script reads it, no other site sends it', () => {
  expect(setCookies.length).toBeGreaterThan(0)
  for (const line of setCookies) {
    expect(line).toMatch(/; HttpOnly/i)
    expect(line).toMatch(/; SameSite=(Lax|Strict)/i)
    expect(line).toMatch(/; Path=\//i)
    expect(line).not.toMatch(/; Domain=/i)
  }
})

test('a request of another origin changes nothing with somebody’s cookie', async () => {
  const ask = (origin: string, type: string) =>
    fetch(`${system.url}/api/trpc/keys.createService`, {
      method: 'POST',
      headers: { cookie, origin, 'content-type': type, 'sec-fetch-site': 'cross-site' },
      body: JSON.stringify({ name: 'forged', purpose: 'send' }),
    })
  // What a form of another site can send: no JSON.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    expect((await ask('https://elsewhere.test', type)).status, type).toBeGreaterThanOrEqual(400)
  }
})

test('every file that holds a secret is its owner’s alone', () => {
  const home = path.dirname(path.dirname(system.processes.web.logFile))
  const found: string[] = []
  for (const entry of fs.readdirSync(home, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (!entry.isFile()) continue
    const text = fs.readFileSync(file, 'latin1')
    if (!secretsOf().some((secret) => text.includes(secret)) && !/secret/i.test(entry.name)) continue
    found.push(entry.name)
    expect((fs.statSync(file).mode & 0o077).toString(8), file).toBe('0')
  }
  expect(found.length).toBeGreaterThan(0)
})

function secretsOf(): string[] {
  const { apps, people, admin, serviceKey } = system.demo
  const password = new URL(system.stores.postgres.url).password
  return [
    ...apps.map(({ ingestKey }) => ingestKey),
    ...people.map((one) => one.password),
    admin.password,
    serviceKey,
    password,
  ].filter((secret) => secret.length >= 12)
}
