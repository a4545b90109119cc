import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CurrentPerson } from '../auth/person-of-session.ts'
import { getDrain } from '../drain.ts'
import { type CallerTestDatabase, createCallerTestDatabase } from './caller-on-test-database.ts'
import { createCaller } from './procedures.ts'
import { appRouter } from './router.ts'

const WITHIN_MS = 5_000
const callerFor = createCaller(appRouter)

let database: CallerTestDatabase
let admin: CurrentPerson
beforeAll(async () => {
  database = await createCallerTestDatabase()
  admin = await database.personOf({ space: 'ours', role: 'admin' })
})
afterAll(async () => {
  getDrain().abort()
  await database.drop()
})

/** An open stream of the space, past its first item, and how it ends. */
async function openStream(person: CurrentPerson): Promise<{ ended: Promise<string> }> {
  const stream = await callerFor({ person }).live({ space: 'ours' })
  const items = (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]()
  await items.next()
  const next = items.next().then(
    ({ done }) => (done ? 'over' : 'news'),
    (error: Error) => error.name,
  )
  return { ended: next }
}

async function withinBound(ended: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('still open'), WITHIN_MS)
  })
  const how = await Promise.race([ended, late])
  clearTimeout(timer)
  return how
}

describe('an open stream of a space', () => {
  it('ends at once for whoever is removed, to be refused when it is asked for again; others’ go on', async () => {
    const removed = await database.personOf({ space: 'ours', role: 'viewer' })
    const [theirs, other] = [await openStream(removed), await openStream(admin)]
    await callerFor({ person: admin }).people.removeMember({ space: 'ours', personId: removed.id })
    expect(await withinBound(theirs.ended)).toBe('AbortError')
    await expect(callerFor({ person: removed }).live({ space: 'ours' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await Promise.race([other.ended, Promise.resolve('still open')])).toBe('still open')
  })

  it('ends when apps are taken away, when a session is, and when the platform is', async () => {
    const developer = await database.personOf({ space: 'ours', role: 'developer', apps: ['one'] })
    const streams = [await openStream(developer)]
    await callerFor({ person: admin }).people.changeMember({
      space: 'ours',
      personId: developer.id,
      role: 'developer',
      isBillingAdmin: false,
      apps: [],
    })
    const signedOut = await database.personOf({ space: 'ours', role: 'viewer' })
    const id = randomUUID()
    await database.pool.query(
      `INSERT INTO session (id, token, person_id, expires_at) VALUES ($1, $1, $2, now() + interval '1 day')`,
      [id, signedOut.id],
    )
    streams.push(await openStream(signedOut))
    await database.pool.query('DELETE FROM session WHERE id = $1', [id])
    const platform = await database.personOf({ isPlatformAdmin: true })
    streams.push(await openStream(platform))
    await database.pool.query('UPDATE person SET is_platform_admin = false WHERE id = $1', [platform.id])
    for (const { ended } of streams) expect(await withinBound(ended)).toBe('AbortError')
  })

  it('of who looks on as somebody ends when their time does', async () => {
    const platform = await database.personOf({ isPlatformAdmin: true })
    const viewedBy = { id: platform.id, name: platform.name, until: new Date(Date.now() + 300) }
    expect(await withinBound((await openStream({ ...admin, viewedBy })).ended)).toBe('AbortError')
  })
})
