import { hashPassword, verifyPassword } from '@better-auth/utils/password'
import type pg from 'pg'
import type { CastPerson } from './cast.ts'
import { makeId, makePassword, type SignIn } from './credentials.ts'

/**
 * A person with a password, made if missing. `knownPassword` is kept while it still opens the account; otherwise a new one is set,
 * because only its hash (scrypt, in the portal's own form) is in the database.
 */
export async function seedPerson(input: {
  client: pg.Client
  person: CastPerson
  knownPassword: string | undefined
}): Promise<SignIn> {
  const { client, person, knownPassword } = input
  const { email } = person
  const kept = await workingPassword({ client, email, known: knownPassword })
  if (kept !== undefined) return { email, password: kept }
  const id = (await personId(client, email)) ?? (await addPerson(client, person))
  const password = makePassword()
  await client.query(
    `INSERT INTO account (id, account_id, provider_id, person_id, password) VALUES ($1, $2, 'credential', $2, $3)
     ON CONFLICT (provider_id, account_id) DO UPDATE SET password = excluded.password, updated_at = now()`,
    [makeId(), id, await hashPassword(password)],
  )
  return { email, password }
}

/** The known password if it opens the account, else undefined. */
export async function workingPassword(input: {
  client: pg.Client
  email: string
  known: string | undefined
}): Promise<string | undefined> {
  if (input.known === undefined) return undefined
  const { rows } = await input.client.query<{ password: string | null }>(
    `SELECT account.password FROM person JOIN account ON account.person_id = person.id AND account.provider_id = 'credential'
     WHERE person.email = $1`,
    [input.email],
  )
  const hash = rows[0]?.password
  return hash && (await verifyPassword(hash, input.known)) ? input.known : undefined
}

/** True if anybody runs this platform already. */
export async function hasPlatformAdmin(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM person WHERE is_platform_admin LIMIT 1')
  return rowCount === 1
}

async function personId(client: pg.Client, email: string): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM person WHERE email = $1', [email])
  return rows[0]?.id
}

async function addPerson(client: pg.Client, person: CastPerson): Promise<string> {
  const id = makeId()
  await client.query(
    'INSERT INTO person (id, name, email, email_verified, is_platform_admin) VALUES ($1, $2, $3, true, $4)',
    [id, person.name, person.email, person.isPlatformAdmin],
  )
  if (person.space !== null) {
    await client.query(
      `INSERT INTO membership (person_id, space_id, role, is_billing_admin)
       SELECT $1, developer_space.id, $2::space_role, $3 FROM developer_space WHERE slug = $4`,
      [id, person.role, person.isBillingAdmin, person.space],
    )
  }
  return id
}
