import { randomUUID } from 'node:crypto'
import { type ActBy, audited, CatalogueRefused } from './catalogue-acts/catalogue-act.ts'
import type { Pool, PoolClient } from './pool.ts'

/** Whom the admin behind a session looks on as. */
export interface LookingOn {
  id: string
  admin: { id: string; name: string }
  person: { id: string; name: string; email: string }
  until: Date
}

/**
 * From now on, and until `minutes` have passed, the session of an admin of the platform sees what another person sees. Not as another admin of the platform:
 * who may do the same needs no such way to it. Throws CatalogueRefused.
 */
export async function beginLookingOn(
  tx: PoolClient,
  input: { sessionId: string; personId: string; reason: string; minutes: number; by: ActBy & { actorId: string } },
): Promise<void> {
  const { sessionId, personId, reason, minutes, by } = input
  const { rows } = await tx.query<{ isPlatformAdmin: boolean }>(
    'SELECT is_platform_admin AS "isPlatformAdmin" FROM person WHERE id = $1',
    [personId],
  )
  const [person] = rows
  if (person === undefined) throw new CatalogueRefused('not_found', 'No such person')
  if (person.isPlatformAdmin)
    throw new CatalogueRefused('conflict', 'expected somebody who is no admin of the platform: these see what you see')
  await endLookingOn(tx, { sessionId, by })
  const { rows: begun } = await tx.query<{ id: string; until: Date }>(
    `INSERT INTO looking_on (id, session_id, admin_id, person_id, reason, until)
     VALUES ($1, $2, $3, $4, $5, CURRENT_TIMESTAMP + make_interval(mins => $6)) RETURNING id, until`,
    [randomUUID(), sessionId, by.actorId, personId, reason, minutes],
  )
  await audited(tx, {
    by: { ...by, reason },
    act: 'looking_on.begin',
    target: { type: 'person', id: personId },
    spaceId: null,
    before: null,
    after: { id: begun[0]?.id, until: begun[0]?.until.toISOString() },
  })
}

/** Ends it before its time; where nobody looks on by this session, nothing happens. */
export async function endLookingOn(tx: PoolClient, input: { sessionId: string; by: ActBy }): Promise<void> {
  const { rows } = await tx.query<{ id: string; person: string }>(
    `UPDATE looking_on SET ended_at = LEAST(until, CURRENT_TIMESTAMP) WHERE session_id = $1 AND ended_at IS NULL
     RETURNING id, person_id AS person`,
    [input.sessionId],
  )
  for (const { id, person } of rows) {
    const target = { type: 'person', id: person }
    await audited(tx, { by: input.by, act: 'looking_on.end', target, spaceId: null, before: { id }, after: null })
  }
}

/** Whom this session looks on as now, or null. An admin who is none any more looks on as nobody. */
export async function findLookingOn(pool: Pool, sessionId: string): Promise<LookingOn | null> {
  const { rows } = await pool.query<LookingOn>({
    name: 'looking-on',
    text: `SELECT l.id, l.until, json_build_object('id', a.id, 'name', a.name) AS admin,
        json_build_object('id', p.id, 'name', p.name, 'email', p.email) AS person
      FROM looking_on l JOIN person a ON a.id = l.admin_id JOIN person p ON p.id = l.person_id
      WHERE l.session_id = $1 AND l.ended_at IS NULL AND l.until > now() AND a.is_platform_admin AND NOT p.is_platform_admin`,
    values: [sessionId],
  })
  return rows[0] ?? null
}
