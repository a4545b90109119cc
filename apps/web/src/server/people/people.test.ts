import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findOffer } from '@meterbook/db/postgres/people'
import { hashPassword } from 'better-auth/crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getAuth } from '../auth/auth.ts'
import { type CurrentPerson, personOf } from '../auth/person-of-session.ts'
import { type CallerTestDatabase, createCallerTestDatabase } from '../trpc/caller-on-test-database.ts'
import { createCaller } from '../trpc/procedures.ts'
import { appRouter } from '../trpc/router.ts'

const PASSWORD = 'correct horse battery'
const callerFor = createCaller(appRouter)
const home = mkdtempSync(path.join(tmpdir(), 'meterbook-people-'))

let database: CallerTestDatabase
let admin: CurrentPerson
beforeAll(async () => {
  database = await createCallerTestDatabase()
  process.env.AUTH_SECRET = 'a secret of tests that is long enough'
  process.env.METERBOOK_HOME = home
  admin = await database.personOf({ space: 'ours', role: 'admin' })
})
afterAll(async () => {
  await database.drop()
  rmSync(home, { recursive: true })
})

const ours = { space: 'ours' }
const lettersTo = (email: string) => {
  const outbox = path.join(home, 'outbox')
  const texts = readdirSync(outbox).sort()
  return texts
    .map((file) => readFileSync(path.join(outbox, file), 'utf8'))
    .filter((text) => text.includes(`To: ${email}`))
}
const tokenIn = (letter: string | undefined) =>
  /\/invite\/([\w-]{43})/.exec(letter?.replaceAll('=\r\n', '') ?? '')?.[1] ?? ''

describe('the members of a space', () => {
  const rights = { role: 'developer' as const, isBillingAdmin: false, apps: ['one'] }

  it('are invited by a letter with a link that works; sent again, the last one does', async () => {
    const people = callerFor({ person: admin }).people
    const email = 'new@example.test'
    const { id, isSent } = await people.invite({ ...ours, ...rights, email })
    expect(isSent).toBe(true)
    const first = tokenIn(lettersTo(email)[0])
    expect(await findOffer(database.pool, first)).toMatchObject({ email, role: 'developer', space: { slug: 'ours' } })
    await people.resendInvitation({ ...ours, id })
    expect(await findOffer(database.pool, first)).toBeNull()
    expect(await findOffer(database.pool, tokenIn(lettersTo(email)[1]))).toMatchObject({ id })
    expect((await people.members(ours)).invitations).toMatchObject([{ email, apps: ['one'], isExpired: false }])
  })

  it('are given no app of another space, and nobody of another space is touched', async () => {
    const people = callerFor({ person: admin }).people
    const far = { ...rights, apps: ['far'] }
    await expect(people.invite({ ...ours, ...far, email: 'far@example.test' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const stranger = await database.personOf({ space: 'theirs', role: 'viewer' })
    for (const act of [
      () => people.changeMember({ ...ours, ...rights, personId: stranger.id }),
      () => people.removeMember({ ...ours, personId: stranger.id }),
      () => people.revokeInvitation({ ...ours, id: randomUUID() }),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('keep a last admin: neither removed nor made less, not by themselves either', async () => {
    const people = callerFor({ person: admin }).people
    const last = { ...ours, personId: admin.id }
    await expect(people.removeMember(last)).rejects.toMatchObject({ code: 'CONFLICT' })
    const less = { ...last, role: 'viewer', isBillingAdmin: true } as const
    await expect(people.changeMember(less)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('looking on as somebody', () => {
  it('shows what they see and changes nothing, in that session alone, until it is ended; both are audited', async () => {
    const platform = await database.personOf({ isPlatformAdmin: true })
    await database.pool.query(
      `INSERT INTO account (id, account_id, provider_id, person_id, password) VALUES ($1, $2, 'credential', $2, $3)`,
      [randomUUID(), platform.id, await hashPassword(PASSWORD)],
    )
    const signIn = async () => {
      const body = { email: platform.email, password: PASSWORD }
      const { headers } = await getAuth().api.signInEmail({ body, returnHeaders: true })
      const pairs = headers.getSetCookie().map((line) => line.split(';', 1)[0])
      return new Headers({ cookie: pairs.join('; ') })
    }
    const [mine, other] = [await signIn(), await signIn()]
    const as = async (headers: Headers) => {
      const person = await personOf(headers)
      return { person, caller: callerFor({ person, headers, requestId: 'the request' }) }
    }
    const asked = { personId: admin.id, reason: 'Ticket 7: the chart is empty' }
    await (await as(mine)).caller.people.beginLookingOn(asked)

    const { person, caller } = await as(mine)
    expect(person).toMatchObject({ id: admin.id, isPlatformAdmin: false, viewedBy: { id: platform.id } })
    expect((await caller.space(ours)).role).toBe('admin')
    await expect(caller.space({ space: 'theirs' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (const refused of [
      () => caller.people.removeMember({ ...ours, personId: admin.id }),
      () => caller.people.find({}),
      () => caller.account.read(),
      () => caller.account.endOtherSessions(),
    ])
      await expect(refused()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect((await as(other)).person).toMatchObject({ id: platform.id, isPlatformAdmin: true })

    await caller.people.endLookingOn()
    expect((await as(mine)).person).toMatchObject({ id: platform.id, isPlatformAdmin: true })
    const { rows } = await database.pool.query(
      `SELECT act, actor_id AS actor, reason, request_id AS request FROM audit_entry WHERE target_id = $1 AND act LIKE 'looking_on%' ORDER BY sequence`,
      [admin.id],
    )
    expect(rows).toEqual([
      { act: 'looking_on.begin', actor: platform.id, reason: asked.reason, request: 'the request' },
      { act: 'looking_on.end', actor: platform.id, reason: null, request: 'the request' },
    ])
  })
})
