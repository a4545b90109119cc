import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actTogether } from './catalogue-acts/catalogue-act.ts'
import { listenToChannel } from './channel-news.ts'
import {
  acceptInvitation,
  findOffer,
  invite,
  listInvitations,
  renewInvitation,
  revokeInvitation,
} from './invitation-store.ts'
import { beginLookingOn, endLookingOn, findLookingOn } from './looking-on-store.ts'
import {
  addMember,
  changeMember,
  createPerson,
  removeMember,
  type SpaceRole,
  setPlatformAdmin,
} from './people-store.ts'
import { findPeople, listMembers } from './people-store-read.ts'
import { createPool, type Pool } from './pool.ts'

const ids = { ours: randomUUID(), theirs: randomUUID(), one: randomUUID(), far: randomUUID() }
const by = (actorId: string | null = null) => ({ actorId, requestId: null, reason: null })

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'test' })
  for (const [space, app] of [
    ['ours', 'one'],
    ['theirs', 'far'],
  ] as const) {
    await pool.query('INSERT INTO developer_space (id, slug, name) VALUES ($1, $2, $2)', [ids[space], space])
    await pool.query('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, 1)', [ids[app], app])
    await pool.query(
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from) VALUES ($1, $2, $3, '2020-01-01')`,
      [randomUUID(), ids[app], ids[space]],
    )
  }
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

async function person(over: { email?: string; isPlatformAdmin?: boolean } = {}): Promise<string> {
  const id = randomUUID()
  await pool.query('INSERT INTO person (id, name, email, is_platform_admin) VALUES ($1, $2, $3, $4)', [
    id,
    'Pat',
    over.email ?? `${id}@example.test`,
    over.isPlatformAdmin ?? false,
  ])
  return id
}

async function space(): Promise<string> {
  const id = randomUUID()
  await pool.query('INSERT INTO developer_space (id, slug, name) VALUES ($1::uuid, $2, $2)', [id, `s-${id}`])
  return id
}

async function member(spaceId: string, role: SpaceRole, appIds: string[] = []): Promise<string> {
  const personId = await person()
  await actTogether(pool, (tx) =>
    addMember(tx, { spaceId, personId, role, isBillingAdmin: false, appIds, by: by(personId) }),
  )
  return personId
}

const auditedActs = async (targetId: string) =>
  (
    await pool.query<{ act: string }>('SELECT act FROM audit_entry WHERE target_id = $1 ORDER BY sequence', [targetId])
  ).rows.map(({ act }) => act)

describe('members', () => {
  it('two admins who remove each other at once do not leave a space without one', async () => {
    const spaceId = await space()
    const [a, b] = [await member(spaceId, 'admin'), await member(spaceId, 'admin')]
    const outcomes = await Promise.allSettled([
      actTogether(pool, (tx) => removeMember(tx, { spaceId, personId: a, by: by(b) })),
      actTogether(pool, (tx) =>
        changeMember(tx, { spaceId, personId: b, role: 'viewer', isBillingAdmin: false, appIds: [], by: by(a) }),
      ),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await listMembers(pool, spaceId)).filter(({ role }) => role === 'admin')).toHaveLength(1)
  })

  it('lose with their membership every app of the space, and each act is in the audit log', async () => {
    const personId = await member(ids.ours, 'developer', [ids.one])
    expect((await listMembers(pool, ids.ours)).find((each) => each.personId === personId)?.appIds).toEqual([ids.one])
    await actTogether(pool, (tx) => removeMember(tx, { spaceId: ids.ours, personId, by: by() }))
    expect((await pool.query('SELECT FROM app_contributor WHERE person_id = $1', [personId])).rowCount).toBe(0)
    expect(await auditedActs(personId)).toEqual(['member.add', 'member.remove'])
  })

  it('of one space are never given apps of another, nor lose them there', async () => {
    const personId = await member(ids.theirs, 'developer', [ids.far])
    const asked = { personId, spaceId: ids.ours, role: 'developer', isBillingAdmin: false, by: by() } as const
    await expect(actTogether(pool, (tx) => addMember(tx, { ...asked, appIds: [ids.far] }))).rejects.toMatchObject({
      code: 'not_found',
    })
    await actTogether(pool, (tx) => addMember(tx, { ...asked, appIds: [ids.one] }))
    await actTogether(pool, (tx) => removeMember(tx, { spaceId: ids.ours, personId, by: by() }))
    expect((await listMembers(pool, ids.theirs)).find((each) => each.personId === personId)?.appIds).toEqual([ids.far])
  })

  it('who are changed or removed by whatever way are told to every process', async () => {
    const personId = await member(ids.ours, 'viewer')
    const heard: (string | null)[] = []
    let wake = () => {}
    const listener = listenToChannel(pool, 'rights_changed', (payload) => {
      heard.push(payload)
      wake()
    })
    await listener.ready
    await pool.query('DELETE FROM membership WHERE person_id = $1', [personId])
    while (!heard.includes(personId)) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    await listener.close()
  })
})

describe('an invitation', () => {
  const ask = { role: 'developer', isBillingAdmin: true } as const
  const send = (spaceId: string, email: string) =>
    actTogether(pool, (tx) => invite(tx, { ...ask, spaceId, email, appIds: [ids.one], by: by() }))
  const accept = (token: string, personId: string) =>
    actTogether(pool, (tx) => acceptInvitation(tx, { token, personId, requestId: null }))

  it('makes whoever it was sent to a member, once, with what it said', async () => {
    const personId = await person({ email: 'once@example.test' })
    const { token, id } = await send(ids.ours, ' Once@Example.TEST ')
    expect(await findOffer(pool, token)).toMatchObject({ email: 'once@example.test', hasAccount: true, ...ask })
    const outcomes = await Promise.allSettled([accept(token, personId), accept(token, personId)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await findOffer(pool, token)).toBeNull()
    const found = (await listMembers(pool, ids.ours)).find((each) => each.personId === personId)
    expect(found).toMatchObject({ ...ask, appIds: [ids.one] })
    expect(await auditedActs(id)).toEqual(['invitation.send'])
    expect(await auditedActs(personId)).toEqual(['member.add'])
  })

  it('is worth nothing to anybody else, and stays open for whom it names', async () => {
    const { token } = await send(ids.ours, 'meant@example.test')
    await expect(accept(token, await person())).rejects.toMatchObject({ code: 'conflict' })
    expect(await findOffer(pool, token)).not.toBeNull()
  })

  it('that was revoked, sent again or has run out is worth nothing, and its token stands nowhere', async () => {
    const personId = await person({ email: 'late@example.test' })
    const { token, id } = await send(ids.ours, 'late@example.test')
    const renewed = await actTogether(pool, (tx) => renewInvitation(tx, { spaceId: ids.ours, id, by: by() }))
    await expect(accept(token, personId)).rejects.toMatchObject({ code: 'not_found' })
    await pool.query(
      `UPDATE invitation SET sent_at = now() - interval '8 days', expires_at = now() - interval '1 second' WHERE id = $1`,
      [id],
    )
    await expect(accept(renewed.token, personId)).rejects.toMatchObject({ code: 'not_found' })
    const again = await actTogether(pool, (tx) => renewInvitation(tx, { spaceId: ids.ours, id, by: by() }))
    await actTogether(pool, (tx) => revokeInvitation(tx, { spaceId: ids.ours, id, by: by() }))
    await expect(accept(again.token, personId)).rejects.toMatchObject({ code: 'not_found' })
    expect((await listInvitations(pool, ids.ours)).map((open) => open.id)).not.toContain(id)
    const { rows } = await pool.query<{ text: string }>(
      `SELECT row_to_json(i)::text AS text FROM invitation i UNION ALL SELECT canonical FROM audit_entry`,
    )
    for (const { text } of rows)
      for (const secret of [token, renewed.token, again.token]) expect(text).not.toContain(secret)
  })

  it('of another space can neither be sent again nor revoked', async () => {
    const { id } = await send(ids.ours, 'ours@example.test')
    const theirs = { spaceId: ids.theirs, id, by: by() }
    await expect(actTogether(pool, (tx) => renewInvitation(tx, theirs))).rejects.toMatchObject({ code: 'not_found' })
    await expect(actTogether(pool, (tx) => revokeInvitation(tx, theirs))).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is one for each address and space, and none for a member', async () => {
    await send(ids.ours, 'twice@example.test')
    await expect(send(ids.ours, 'TWICE@example.test')).rejects.toMatchObject({ code: 'conflict' })
    await expect(send(ids.ours, 'once@example.test')).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('the platform', () => {
  it('keeps one admin, though two take it from each other at once', async () => {
    await pool.query('UPDATE person SET is_platform_admin = false')
    const [a, b] = [await person({ isPlatformAdmin: true }), await person({ isPlatformAdmin: true })]
    const take = (personId: string, actorId: string) =>
      actTogether(pool, (tx) => setPlatformAdmin(tx, { personId, isPlatformAdmin: false, by: by(actorId) }))
    const outcomes = await Promise.allSettled([take(a, b), take(b, a)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await findPeople(pool, { text: '', isPlatformAdmin: true, limit: 10 })).toHaveLength(1)
  })

  it('an account is one for each address, whatever its capitals', async () => {
    const make = (email: string) =>
      actTogether(pool, (tx) => createPerson(tx, { name: 'Kim', email, passwordHash: 'x', requestId: null }))
    await make('kim@example.test')
    await expect(make('Kim@example.test')).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('who looks on', () => {
  it('as somebody does so by one session, until its time is over, they stop, or are no admin any more', async () => {
    const [admin, viewed] = [await person({ isPlatformAdmin: true }), await person()]
    const acting = { ...by(), actorId: admin }
    const begin = (personId: string) =>
      actTogether(pool, (tx) =>
        beginLookingOn(tx, { sessionId: 'mine', personId, reason: 'A ticket', minutes: 15, by: acting }),
      )
    await begin(viewed)
    expect(await findLookingOn(pool, 'mine')).toMatchObject({ person: { id: viewed }, admin: { id: admin } })
    expect(await findLookingOn(pool, 'another')).toBeNull()
    await actTogether(pool, (tx) => endLookingOn(tx, { sessionId: 'mine', by: acting }))
    expect(await findLookingOn(pool, 'mine')).toBeNull()
    await begin(viewed)
    await pool.query(
      `UPDATE looking_on SET begun_at = now() - interval '1 minute', until = now() WHERE ended_at IS NULL`,
    )
    expect(await findLookingOn(pool, 'mine')).toBeNull()
    await begin(viewed)
    await pool.query('UPDATE person SET is_platform_admin = false WHERE id = $1', [admin])
    expect(await findLookingOn(pool, 'mine')).toBeNull()
    expect(await auditedActs(viewed)).toEqual([
      ...['looking_on.begin', 'looking_on.end', 'looking_on.begin', 'looking_on.end', 'looking_on.begin'],
    ])
    await expect(begin(await person({ isPlatformAdmin: true }))).rejects.toMatchObject({ code: 'conflict' })
  })
})
