import { randomUUID } from 'node:crypto'
import { type ActBy, audited, CatalogueRefused } from './catalogue-acts/catalogue-act.ts'
import type { PoolClient } from './pool.ts'

export type SpaceRole = 'viewer' | 'developer' | 'admin'

/** What somebody is in a space. `appIds`: the apps of the space that a developer contributes to; of no meaning for others, and kept empty. */
export interface MemberRights {
  role: SpaceRole
  isBillingAdmin: boolean
  appIds: readonly string[]
}

type Member = MemberRights & { spaceId: string; personId: string }

/** Makes somebody a member; for one who is, refused. Part of the caller's transaction, audited in it. Throws CatalogueRefused. */
export async function addMember(tx: PoolClient, input: Member & { by: ActBy; via?: string }): Promise<void> {
  const { spaceId, personId, by } = input
  await lockPeopleOf(tx, spaceId)
  if ((await readRights(tx, input)) !== null) throw new CatalogueRefused('conflict', 'They are a member already')
  const rights = await checkedRights(tx, input)
  await tx.query(
    'INSERT INTO membership (person_id, space_id, role, is_billing_admin) VALUES ($1, $2, $3::space_role, $4)',
    [personId, spaceId, rights.role, rights.isBillingAdmin],
  )
  await writeApps(tx, { spaceId, personId, appIds: rights.appIds })
  const after = { ...rights, ...(input.via === undefined ? {} : { invitation: input.via }) }
  await audited(tx, { by, act: 'member.add', target: { type: 'person', id: personId }, spaceId, before: null, after })
}

/** Gives a member other rights; those they had end with the commit. The last admin of a space stays one. Throws CatalogueRefused. */
export async function changeMember(tx: PoolClient, input: Member & { by: ActBy }): Promise<void> {
  const { spaceId, personId, by } = input
  await lockPeopleOf(tx, spaceId)
  const before = await memberRights(tx, input)
  const after = await checkedRights(tx, input)
  if (before.role === 'admin' && after.role !== 'admin') await mustNotBeLastAdmin(tx, input)
  if (JSON.stringify(before) === JSON.stringify(after)) return
  await tx.query(
    'UPDATE membership SET role = $3::space_role, is_billing_admin = $4 WHERE person_id = $1 AND space_id = $2',
    [personId, spaceId, after.role, after.isBillingAdmin],
  )
  await writeApps(tx, { spaceId, personId, appIds: after.appIds })
  await audited(tx, {
    by,
    act: 'member.change',
    target: { type: 'person', id: personId },
    spaceId,
    before: { ...before },
    after: { ...after },
  })
}

/** Ends a membership, and what they contributed to in the space. The last admin of a space stays. Throws CatalogueRefused. */
export async function removeMember(
  tx: PoolClient,
  input: { spaceId: string; personId: string; by: ActBy },
): Promise<void> {
  const { spaceId, personId, by } = input
  await lockPeopleOf(tx, spaceId)
  const before = await memberRights(tx, input)
  if (before.role === 'admin') await mustNotBeLastAdmin(tx, input)
  await writeApps(tx, { spaceId, personId, appIds: [] })
  await tx.query('DELETE FROM membership WHERE person_id = $1 AND space_id = $2', [personId, spaceId])
  const target = { type: 'person', id: personId }
  await audited(tx, { by, act: 'member.remove', target, spaceId, before: { ...before }, after: null })
}

/** Makes somebody an admin of the platform, or takes that away; one is always left. Throws CatalogueRefused. */
export async function setPlatformAdmin(
  tx: PoolClient,
  input: { personId: string; isPlatformAdmin: boolean; by: ActBy },
): Promise<void> {
  const { personId, isPlatformAdmin, by } = input
  // in one order, so that two who take it from each other do not both succeed
  const { rows } = await tx.query<{ id: string; is: boolean }>(
    'SELECT id, is_platform_admin AS "is" FROM person WHERE is_platform_admin OR id = $1 ORDER BY id FOR UPDATE',
    [personId],
  )
  const person = rows.find(({ id }) => id === personId)
  if (person === undefined) throw new CatalogueRefused('not_found', 'No such person')
  if (person.is === isPlatformAdmin) return
  if (!isPlatformAdmin && rows.filter(({ is }) => is).length === 1)
    throw new CatalogueRefused('conflict', 'They are the last admin of the platform: name another one first')
  await tx.query('UPDATE person SET is_platform_admin = $2 WHERE id = $1', [personId, isPlatformAdmin])
  await audited(tx, {
    by,
    act: isPlatformAdmin ? 'platform_admin.add' : 'platform_admin.remove',
    target: { type: 'person', id: personId },
    spaceId: null,
    before: { isPlatformAdmin: !isPlatformAdmin },
    after: { isPlatformAdmin },
  })
}

/** Gives an address an account. `passwordHash`: as better-auth makes it. Throws CatalogueRefused where the address has one. */
export async function createPerson(
  tx: PoolClient,
  input: { name: string; email: string; passwordHash: string; requestId: string | null },
): Promise<{ id: string }> {
  const { name, email, passwordHash, requestId } = input
  const id = randomUUID()
  const { rowCount } = await tx.query(
    'INSERT INTO person (id, name, email, email_verified) VALUES ($1, $2, $3, true) ON CONFLICT DO NOTHING',
    [id, name, email],
  )
  if (rowCount === 0) throw new CatalogueRefused('conflict', `${email} has an account already: sign in with it`)
  await tx.query(
    `INSERT INTO account (id, account_id, provider_id, person_id, password) VALUES ($1, $2, 'credential', $2, $3)`,
    [randomUUID(), id, passwordHash],
  )
  const by = { actorId: id, requestId, reason: null }
  const target = { type: 'person', id }
  await audited(tx, { by, act: 'person.create', target, spaceId: null, before: null, after: { name, email } })
  return { id }
}

/** Acts upon a space's people stand in line behind its row: "the last admin" is a fact only while nobody else acts. */
async function lockPeopleOf(tx: PoolClient, spaceId: string): Promise<void> {
  const { rowCount } = await tx.query('SELECT FROM developer_space WHERE id = $1 FOR NO KEY UPDATE', [spaceId])
  if (rowCount === 0) throw new CatalogueRefused('not_found', 'No such developer space')
}

async function memberRights(tx: PoolClient, of: { spaceId: string; personId: string }): Promise<MemberRights> {
  const rights = await readRights(tx, of)
  if (rights === null) throw new CatalogueRefused('not_found', 'No such member of this developer space')
  return rights
}

async function readRights(
  tx: PoolClient,
  { spaceId, personId }: { spaceId: string; personId: string },
): Promise<MemberRights | null> {
  const { rows } = await tx.query<MemberRights>(
    `SELECT role, is_billing_admin AS "isBillingAdmin",
       ARRAY(SELECT app_id::text FROM app_contributor WHERE person_id = $1 AND app_id IN (${APPS_OF_SPACE}) ORDER BY 1) AS "appIds"
     FROM membership WHERE person_id = $1 AND space_id = $2`,
    [personId, spaceId],
  )
  return rows[0] ?? null
}

/** Apps that the space owns, or owned: its past is its own. */
const APPS_OF_SPACE = 'SELECT app_id FROM app_ownership WHERE space_id = $2'

/** The rights as they can be: apps are a developer's, and of this space. Throws CatalogueRefused. */
export async function checkedRights(tx: PoolClient, input: MemberRights & { spaceId: string }): Promise<MemberRights> {
  const { role, isBillingAdmin, spaceId } = input
  const asked = role === 'developer' ? [...new Set(input.appIds)].sort() : []
  if (asked.length > 0) {
    const { rows } = await tx.query<{ id: string }>(
      'SELECT DISTINCT app_id::text AS id FROM app_ownership WHERE space_id = $1 AND app_id::text = ANY ($2)',
      [spaceId, asked],
    )
    if (rows.length !== asked.length)
      throw new CatalogueRefused('not_found', 'expected apps of this developer space, found one that is not')
  }
  return { role, isBillingAdmin, appIds: asked }
}

async function writeApps(
  tx: PoolClient,
  { spaceId, personId, appIds }: { spaceId: string; personId: string; appIds: readonly string[] },
): Promise<void> {
  await tx.query(
    `DELETE FROM app_contributor WHERE person_id = $1 AND app_id IN (${APPS_OF_SPACE}) AND NOT app_id = ANY ($3::uuid[])`,
    [personId, spaceId, appIds],
  )
  await tx.query(
    'INSERT INTO app_contributor (person_id, app_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING',
    [personId, appIds],
  )
}

async function mustNotBeLastAdmin(tx: PoolClient, of: { spaceId: string; personId: string }): Promise<void> {
  const { rowCount } = await tx.query(
    `SELECT FROM membership WHERE space_id = $2 AND role = 'admin' AND person_id <> $1 LIMIT 1`,
    [of.personId, of.spaceId],
  )
  if (rowCount === 0)
    throw new CatalogueRefused('conflict', 'They are the last admin of this developer space: name another one first')
}
