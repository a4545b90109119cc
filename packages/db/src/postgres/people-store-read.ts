import type { SpaceRole } from './people-store.ts'
import type { Pool } from './pool.ts'

const MEMBERS_MAX = 1_000

export interface MemberOfSpace {
  personId: string
  name: string
  email: string
  role: SpaceRole
  isBillingAdmin: boolean
  hasSecondFactor: boolean
  /** Of the space; whoever is no developer sees all of it. */
  appIds: string[]
  joinedAt: Date
  /** The last use of any of their sessions; null: signed out everywhere. */
  seenAt: Date | null
}

/** The members of a space by name, at most 1,000. */
export async function listMembers(pool: Pool, spaceId: string): Promise<MemberOfSpace[]> {
  const { rows } = await pool.query<MemberOfSpace>(
    `SELECT p.id AS "personId", p.name, p.email, m.role, m.is_billing_admin AS "isBillingAdmin",
       p.two_factor_enabled AS "hasSecondFactor", m.created_at AS "joinedAt",
       ARRAY(SELECT c.app_id::text FROM app_contributor c
         WHERE c.person_id = p.id AND c.app_id IN (SELECT app_id FROM app_ownership WHERE space_id = $1) ORDER BY 1) AS "appIds",
       (SELECT max(s.updated_at) FROM session s WHERE s.person_id = p.id) AS "seenAt"
     FROM membership m JOIN person p ON p.id = m.person_id
     WHERE m.space_id = $1 ORDER BY lower(p.name), p.id LIMIT $2`,
    [spaceId, MEMBERS_MAX],
  )
  return rows
}

export interface FoundPerson {
  id: string
  name: string
  email: string
  isPlatformAdmin: boolean
  hasSecondFactor: boolean
  spaces: { slug: string; name: string; role: SpaceRole; isBillingAdmin: boolean }[]
  createdAt: Date
  seenAt: Date | null
}

/** People whose name or address contains `text`, by address; `after`: the last address of the page before. */
export async function findPeople(
  pool: Pool,
  {
    text,
    isPlatformAdmin,
    after,
    limit,
  }: { text: string; isPlatformAdmin?: boolean | undefined; after?: string | undefined; limit: number },
): Promise<FoundPerson[]> {
  const { rows } = await pool.query<FoundPerson>(
    `SELECT p.id, p.name, p.email, p.is_platform_admin AS "isPlatformAdmin", p.two_factor_enabled AS "hasSecondFactor", p.created_at AS "createdAt",
       (SELECT max(s.updated_at) FROM session s WHERE s.person_id = p.id) AS "seenAt",
       (SELECT coalesce(json_agg(json_build_object('slug', d.slug, 'name', d.name, 'role', m.role, 'isBillingAdmin', m.is_billing_admin) ORDER BY d.name), '[]')
        FROM membership m JOIN developer_space d ON d.id = m.space_id AND d.archived_at IS NULL WHERE m.person_id = p.id) AS spaces
     FROM person p
     WHERE (position(lower($1) IN lower(p.name)) > 0 OR position(lower($1) IN lower(p.email)) > 0)
       AND ($2::boolean IS NULL OR p.is_platform_admin = $2) AND ($3::text IS NULL OR p.email > $3)
     ORDER BY p.email LIMIT $4`,
    [text, isPlatformAdmin ?? null, after ?? null, limit],
  )
  return rows
}
