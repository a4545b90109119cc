import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '@meterbook/stack/wait'
import { hashPassword } from 'better-auth/crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { POST as postAuth } from '../../app/api/auth/[...all]/route.ts'
import { type CallerTestDatabase, createCallerTestDatabase } from '../trpc/caller-on-test-database.ts'
import { createCaller } from '../trpc/procedures.ts'
import { appRouter } from '../trpc/router.ts'
import { getAuth } from './auth.ts'
import { AUTH_PATHS } from './auth-paths.ts'
import { personOf } from './person-of-session.ts'

const ORIGIN = 'http://127.0.0.1:3000'
const PASSWORD = 'correct horse battery'
const callerFor = createCaller(appRouter)
const home = mkdtempSync(path.join(tmpdir(), 'meterbook-sign-in-'))

let database: CallerTestDatabase
beforeAll(async () => {
  database = await createCallerTestDatabase()
  process.env.AUTH_SECRET = 'a secret of tests that is long enough'
  process.env.METERBOOK_HOME = home
})
afterAll(async () => {
  await database.drop()
  rmSync(home, { recursive: true })
})

/** Somebody who has an account. */
async function somebody(isPlatformAdmin = false): Promise<{ id: string; email: string }> {
  const person = await database.personOf({ isPlatformAdmin, space: 'ours', role: 'viewer' })
  await database.pool.query(
    `INSERT INTO account (id, account_id, provider_id, person_id, password) VALUES ($1, $2, 'credential', $2, $3)`,
    [randomUUID(), person.id, await hashPassword(PASSWORD)],
  )
  return person
}

function ask(where: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const request = new Request(`${ORIGIN}/api/auth${where}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN, 'x-forwarded-for': randomUUID(), ...headers },
    body: JSON.stringify(body),
  })
  return Promise.resolve(postAuth(request))
}

/** The cookies an answer sets, as a browser sends them on. */
const cookiesOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .filter((pair) => !pair?.endsWith('='))
    .join('; ')

async function signIn(email: string, password = PASSWORD): Promise<Headers> {
  const answer = await ask('/sign-in/email', { email, password })
  expect(answer.status).toBe(200)
  return new Headers({ cookie: cookiesOf(answer) })
}

async function accountOf(headers: Headers) {
  return callerFor({ person: await personOf(headers), headers }).account
}

/** The letters to an address, once there are `count`. */
async function letters(email: string, count: number): Promise<string[]> {
  let found: string[] = []
  const outbox = path.join(home, 'outbox')
  await until(
    async () => {
      const files = readdirSync(home).includes('outbox')
        ? readdirSync(outbox).filter((file) => file.endsWith('.eml'))
        : []
      found = files
        .sort()
        .map((file) => readFileSync(path.join(outbox, file), 'utf8'))
        .filter((text) => text.includes(`To: ${email}`))
      return found.length >= count
    },
    { withinMs: 10_000 },
  )
  return found
}

const tokenIn = (letter: string | undefined) => /[?]token=(\w+)/.exec(letter?.replaceAll('=\r\n', '') ?? '')?.[1] ?? ''

/** RFC 6238 with the secret of an address such as otpauth://…?secret=…, in base 32. */
function codeOf(secret: string, at = Date.now()): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return `${(digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000}`.padStart(6, '0')
}

describe('sessions', () => {
  it('are listed, and one that is revoked ends with its next request, everywhere', async () => {
    const person = await somebody()
    const [first, second] = [await signIn(person.email), await signIn(person.email)]
    const { sessions } = await (await accountOf(first)).read()
    expect(sessions.map(({ isThis }) => isThis).sort()).toEqual([false, true])
    expect(JSON.stringify(sessions)).not.toContain((second.get('cookie') ?? '').slice(-40, -10))
    const other = sessions.find(({ isThis }) => !isThis)
    await (await accountOf(first)).endSession({ id: other?.id ?? '' })
    expect(await personOf(second)).toBeNull()
    expect((await personOf(first))?.id).toBe(person.id)
  })

  it('of somebody else can be neither seen nor ended', async () => {
    const [one, two] = [await somebody(), await somebody()]
    const theirs = (await personOf(await signIn(two.email)))?.sessionId ?? ''
    await expect((await accountOf(await signIn(one.email))).endSession({ id: theirs })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('others end when the password is changed, which takes the old one', async () => {
    const person = await somebody()
    const [mine, other] = [await signIn(person.email), await signIn(person.email)]
    const next = 'another fine password'
    const account = await accountOf(mine)
    await expect(account.changePassword({ current: 'not my password', next })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    await account.changePassword({ current: PASSWORD, next })
    expect(await personOf(other)).toBeNull()
    await signIn(person.email, next)
    expect((await ask('/sign-in/email', { email: person.email, password: PASSWORD })).status).toBe(401)
  })
})

describe('a forgotten password', () => {
  it('is replaced once by whoever has the letter, and every session ends with it', async () => {
    const person = await somebody()
    const open = await signIn(person.email)
    const said = vi.spyOn(console, 'error')
    expect((await ask('/request-password-reset', { email: person.email })).status).toBe(200)
    const token = tokenIn((await letters(person.email, 1))[0])
    expect(token).not.toBe('')
    const { rows } = await database.pool.query<{ text: string }>(
      'SELECT row_to_json(v)::text AS text FROM verification v',
    )
    for (const { text } of rows) expect(text).not.toContain(token)
    const reset = { token, newPassword: 'a wholly new password' }
    expect((await ask('/reset-password', { ...reset, newPassword: 'short' })).status).toBe(400)
    expect((await ask('/reset-password', reset)).status).toBe(200)
    expect((await ask('/reset-password', reset)).status).toBe(400)
    expect(await personOf(open)).toBeNull()
    await signIn(person.email, reset.newPassword)
    expect(await letters(person.email, 2)).toHaveLength(2)
    expect(JSON.stringify(said.mock.calls)).not.toContain(token)
    said.mockRestore()
  })

  it('is answered alike for an address that nobody has, and no letter is written', async () => {
    const nobody = `${randomUUID()}@example.test`
    const person = await somebody()
    const answers = [await ask('/request-password-reset', { email: nobody })]
    answers.push(await ask('/request-password-reset', { email: person.email }))
    const [a, b] = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]))
    expect(a).toEqual(b)
    await letters(person.email, 1)
    expect(await letters(nobody, 0)).toEqual([])
  })

  it('its letters are whole files that nobody else on the machine can read', () => {
    const files = readdirSync(path.join(home, 'outbox'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      expect(file).toMatch(/\.eml$/)
      expect(statSync(path.join(home, 'outbox', file)).mode & 0o777).toBe(0o600)
    }
  })
})

describe('a second factor', () => {
  it('once proved, is asked for: a password alone opens nothing, a code or an unused backup code does', async () => {
    const person = await somebody(true)
    const mine = await signIn(person.email)
    const begun = await (await accountOf(mine)).beginSecondFactor({ password: PASSWORD })
    expect(begun.svg).toContain('<svg')
    expect(begun.backupCodes).toHaveLength(10)
    await signIn(person.email) // not asked for until it was proved to work
    await expect((await accountOf(mine)).proveSecondFactor({ code: '000000' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    await (await accountOf(mine)).proveSecondFactor({ code: codeOf(begun.secret) })

    const challenge = async () => {
      const answer = await ask('/sign-in/email', { email: person.email, password: PASSWORD })
      expect(await answer.json()).toMatchObject({ twoFactorRedirect: true })
      const cookie = cookiesOf(answer)
      expect(await personOf(new Headers({ cookie }))).toBeNull()
      return cookie
    }
    const wrong = await ask('/two-factor/verify-totp', { code: '000000' }, { cookie: await challenge() })
    expect(wrong.status).toBe(401)
    const right = await ask('/two-factor/verify-totp', { code: codeOf(begun.secret) }, { cookie: await challenge() })
    expect((await personOf(new Headers({ cookie: cookiesOf(right) })))?.id).toBe(person.id)
    const [code] = begun.backupCodes
    expect((await ask('/two-factor/verify-backup-code', { code }, { cookie: await challenge() })).status).toBe(200)
    expect((await ask('/two-factor/verify-backup-code', { code }, { cookie: await challenge() })).status).toBe(401)
    const { rows } = await database.pool.query<{ text: string }>(
      'SELECT row_to_json(t)::text AS text FROM two_factor t',
    )
    for (const { text } of rows) for (const secret of [begun.secret, code ?? '']) expect(text).not.toContain(secret)
  })

  it('cannot be guessed: after five wrong codes the challenge is over', async () => {
    const person = await somebody()
    const mine = await signIn(person.email)
    const { secret } = await (await accountOf(mine)).beginSecondFactor({ password: PASSWORD })
    await (await accountOf(mine)).proveSecondFactor({ code: codeOf(secret) })
    const cookie = cookiesOf(await ask('/sign-in/email', { email: person.email, password: PASSWORD }))
    for (let tries = 0; tries < 6; tries++) await ask('/two-factor/verify-totp', { code: '000000' }, { cookie })
    expect((await ask('/two-factor/verify-totp', { code: codeOf(secret) }, { cookie })).status).not.toBe(200)
  })
})

describe('what is tried too often', () => {
  it.each([
    ['/sign-in/email', { password: 'wrong' }, 10],
    ['/request-password-reset', {}, 5],
  ])('%s is held back for one account from one address, and for nobody else', async (where, body, triesMax) => {
    const [email, from] = [`${randomUUID()}@example.test`, { 'x-forwarded-for': randomUUID() }]
    for (let tries = 0; tries < triesMax; tries++)
      expect((await ask(where, { email, ...body }, from)).status).not.toBe(429)
    const refused = await ask(where, { email, ...body }, from)
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect((await ask(where, { email, ...body })).status).not.toBe(429)
    expect((await ask(where, { email: `${randomUUID()}@example.test`, ...body }, from)).status).not.toBe(429)
  })

  it('a token for a new password is not guessed from one address', async () => {
    const from = { 'x-forwarded-for': randomUUID() }
    const tries = Array.from({ length: 21 }, () =>
      ask('/reset-password', { token: randomUUID(), newPassword: 'long enough for it' }, from),
    )
    expect((await Promise.all(tries)).filter(({ status }) => status === 429)).toHaveLength(1)
  })
})

describe('the sign-in over HTTP', () => {
  it('has the paths that its table states, and nothing else of what better-auth can do', async () => {
    const endpoints = Object.values(getAuth().api as unknown as Record<string, { path?: string }>)
    const paths = [...new Set(endpoints.flatMap(({ path: each }) => each ?? []))]
    expect(paths.length).toBeGreaterThan(25)
    for (const each of Object.keys(AUTH_PATHS)) expect(paths, each).toContain(each)
    const cookie = (await signIn((await somebody()).email)).get('cookie') ?? ''
    for (const each of paths.filter((candidate) => !Object.hasOwn(AUTH_PATHS, candidate)))
      expect((await ask(each, {}, { cookie })).status, each).toBe(404)
  })

  it('refuses what another site sends with our cookie, and what no script of ours would send', async () => {
    const cookie = (await signIn((await somebody()).email)).get('cookie') ?? ''
    const out = (headers: Record<string, string>) => ask('/sign-out', {}, { cookie, ...headers })
    expect((await out({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await out({ origin: 'null' })).status).toBe(403)
    expect((await out({ 'content-type': 'text/plain' })).status).toBe(415)
    expect((await out({ 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
    expect(await personOf(new Headers({ cookie }))).not.toBeNull()
    expect((await out({})).status).toBe(200)
    expect(await personOf(new Headers({ cookie }))).toBeNull()
  })
})
