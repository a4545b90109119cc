import { hash, randomBytes, randomUUID } from 'node:crypto'
import { type ActBy, audited, CatalogueRefused } from './catalogue-acts/catalogue-act.ts'
import { addMember, checkedRights, type MemberRights, type SpaceRole } from './people-store.ts'
import type { Pool, PoolClient } from './pool.ts'

const VALID_DAYS = 7
const TOKEN_BYTES = 32
const TOKEN = /^[\w-]{43}$/
const OPEN_MAX = 1_000

/** An invitation that waits, or has run out without an answer. */
export interface OpenInvitation {
  id: string
  email: string
  role: SpaceRole
  isBillingAdmin: boolean
  appIds: string[]
  invitedByName: string
  sentAt: Date
  expiresAt: Date
  isExpired: boolean
}

/** Those of a space that nobody accepted or revoked, newest first, at most 1,000. */
export async function listInvitations(pool: Pool, spaceId: string): Promise<OpenInvitation[]> {
  const { rows } = await pool.query<OpenInvitation>(
    `SELECT i.id, i.email, i.role, i.is_billing_admin AS "isBillingAdmin", i.app_ids::text[] AS "appIds",
       coalesce(p.name, 'the operator') AS "invitedByName", i.sent_at AS "sentAt", i.expires_at AS "expiresAt", i.expires_at <= now() AS "isExpired"
     FROM invitation i LEFT JOIN person p ON p.id = i.invited_by
     WHERE i.space_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL ORDER BY i.sent_at DESC, i.id LIMIT $2`,
    [spaceId, OPEN_MAX],
  )
  return rows
}

/**
 * Invites an address into a space. Returns the token, which is kept nowhere: whoever has it may accept, once, within seven days. Throws CatalogueRefused
 * where they are a member, or invited already.
 */
export async function invite(
  tx: PoolClient,
  input: MemberRights & { spaceId: string; email: string; by: ActBy },
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const { spaceId, by } = input
  const email = foldedEmail(input.email)
  const rights = await checkedRights(tx, input)
  const { rowCount: members } = await tx.query(
    'SELECT FROM membership m JOIN person p ON p.id = m.person_id WHERE m.space_id = $1 AND lower(p.email) = $2',
    [spaceId, email],
  )
  if (members !== 0) throw new CatalogueRefused('conflict', `${email} is a member of this developer space already`)
  const { rowCount: open } = await tx.query(
    'SELECT FROM invitation WHERE space_id = $1 AND lower(email) = $2 AND accepted_at IS NULL AND revoked_at IS NULL',
    [spaceId, email],
  )
  if (open !== 0)
    throw new CatalogueRefused('conflict', `${email} is invited already: send that one again, or revoke it`)
  const id = randomUUID()
  const token = makeToken()
  const { rows } = await tx.query<{ expiresAt: Date }>(
    `INSERT INTO invitation (id, space_id, email, role, is_billing_admin, app_ids, token_hash, invited_by, expires_at)
     VALUES ($1, $2, $3, $4::space_role, $5, $6::uuid[], $7, $8, CURRENT_TIMESTAMP + make_interval(days => ${VALID_DAYS}))
     RETURNING expires_at AS "expiresAt"`,
    [id, spaceId, email, rights.role, rights.isBillingAdmin, rights.appIds, digestOf(token), by.actorId ?? ''],
  )
  const target = { type: 'invitation', id }
  await audited(tx, { by, act: 'invitation.send', target, spaceId, before: null, after: { email, ...rights } })
  return { id, token, expiresAt: rows[0]?.expiresAt as Date }
}

/** A new token for an open invitation, valid for seven days from now; the one before it is worth nothing any more. Throws CatalogueRefused. */
export async function renewInvitation(
  tx: PoolClient,
  input: { spaceId: string; id: string; by: ActBy },
): Promise<{ token: string; email: string; role: SpaceRole; expiresAt: Date }> {
  const { spaceId, id, by } = input
  const token = makeToken()
  const { rows } = await tx.query<{ email: string; role: SpaceRole; expiresAt: Date }>(
    `UPDATE invitation SET token_hash = $3, sent_at = CURRENT_TIMESTAMP, expires_at = CURRENT_TIMESTAMP + make_interval(days => ${VALID_DAYS})
     WHERE id = $1 AND space_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL RETURNING email, role, expires_at AS "expiresAt"`,
    [id, spaceId, digestOf(token)],
  )
  const [renewed] = rows
  if (renewed === undefined) throw new CatalogueRefused('not_found', 'No such open invitation')
  const target = { type: 'invitation', id }
  const after = { email: renewed.email, expiresAt: renewed.expiresAt.toISOString() }
  await audited(tx, { by, act: 'invitation.renew', target, spaceId, before: null, after })
  return { token, ...renewed }
}

/** Takes an open invitation back. Throws CatalogueRefused. */
export async function revokeInvitation(
  tx: PoolClient,
  { spaceId, id, by }: { spaceId: string; id: string; by: ActBy },
): Promise<void> {
  const { rows } = await tx.query<{ email: string }>(
    `UPDATE invitation SET revoked_at = CURRENT_TIMESTAMP
     WHERE id = $1 AND space_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL RETURNING email`,
    [id, spaceId],
  )
  const [revoked] = rows
  if (revoked === undefined) throw new CatalogueRefused('not_found', 'No such open invitation')
  const target = { type: 'invitation', id }
  const before = { email: revoked.email }
  await audited(tx, { by, act: 'invitation.revoke', target, spaceId, before, after: null })
}

/** What a token stands for. */
export interface InvitationOffer {
  id: string
  email: string
  role: SpaceRole
  isBillingAdmin: boolean
  space: { slug: string; name: string }
  invitedByName: string
  expiresAt: Date
  /** Whether somebody with this address has an account. */
  hasAccount: boolean
}

/** The offer behind a token that is in force, or null: never existed, accepted, revoked and expired are the same answer. */
export async function findOffer(pool: Pool, token: string): Promise<InvitationOffer | null> {
  if (!TOKEN.test(token)) return null
  const { rows } = await pool.query<InvitationOffer>(
    `SELECT i.id, i.email, i.role, i.is_billing_admin AS "isBillingAdmin", json_build_object('slug', d.slug, 'name', d.name) AS space,
       coalesce(p.name, 'the operator') AS "invitedByName", i.expires_at AS "expiresAt",
       EXISTS (SELECT FROM person WHERE lower(email) = lower(i.email)) AS "hasAccount"
     FROM invitation i JOIN developer_space d ON d.id = i.space_id LEFT JOIN person p ON p.id = i.invited_by
     WHERE i.token_hash = $1 AND ${IN_FORCE}`,
    [digestOf(token)],
  )
  return rows[0] ?? null
}

const IN_FORCE = `i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > CURRENT_TIMESTAMP AND d.archived_at IS NULL`

/**
 * Accepts an invitation for a person whose address it names: they are a member from the commit on, and the token is worth nothing any more. Throws
 * CatalogueRefused: not_found for a token that is not in force, conflict for another's.
 */
export async function acceptInvitation(
  tx: PoolClient,
  { token, personId, requestId }: { token: string; personId: string; requestId: string | null },
): Promise<{ spaceSlug: string }> {
  const { rows } = await tx.query<{ id: string; email: string; spaceId: string; slug: string } & MemberRights>(
    `SELECT i.id, i.email, i.role, i.is_billing_admin AS "isBillingAdmin", i.app_ids::text[] AS "appIds", d.id AS "spaceId", d.slug
     FROM invitation i JOIN developer_space d ON d.id = i.space_id WHERE i.token_hash = $1 AND ${IN_FORCE} FOR UPDATE OF i`,
    [TOKEN.test(token) ? digestOf(token) : Buffer.alloc(0)],
  )
  const [offer] = rows
  if (offer === undefined) throw new CatalogueRefused('not_found', 'This invitation is not in force any more')
  const { rowCount } = await tx.query('SELECT FROM person WHERE id = $1 AND lower(email) = lower($2)', [
    personId,
    offer.email,
  ])
  if (rowCount === 0) throw new CatalogueRefused('conflict', `This invitation is for ${offer.email}: sign in as them`)
  await tx.query('UPDATE invitation SET accepted_at = CURRENT_TIMESTAMP, accepted_by = $2 WHERE id = $1', [
    offer.id,
    personId,
  ])
  const { id, spaceId, slug, role, isBillingAdmin, appIds } = offer
  const by: ActBy = { actorId: personId, requestId, reason: null }
  await addMember(tx, { spaceId, personId, role, isBillingAdmin, appIds, by, via: id })
  return { spaceSlug: slug }
}

/** An address as it is compared and kept. */
export function foldedEmail(email: string): string {
  return email.trim().toLowerCase()
}

function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}
