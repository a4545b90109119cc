import pg from 'pg'

/** Owns the database and its tables: runs migrations, and nothing else connects as it. */
export const ownerRole = 'meterbook_owner'
/** What web and workers connect as: owns nothing; tables are opened to it one by one by the migrations. */
export const appRole = 'meterbook_app'

/** Makes the two roles, with these passwords, on a connection of the superuser. Running it again changes nothing. */
export async function ensureRoles(
  superuser: pg.Client,
  { ownerPassword, appPassword }: { ownerPassword: string; appPassword: string },
): Promise<void> {
  // CREATEDB: prisma's shadow database, and a database of its own for each test file.
  await ensureRole(superuser, { name: ownerRole, rights: 'LOGIN CREATEDB', password: ownerPassword })
  await ensureRole(superuser, { name: appRole, rights: 'LOGIN', password: appPassword })
}

/** Makes a database owned by the owner role, closed to everybody but the two roles. */
export async function ensureDatabase(superuser: pg.Client, name: string): Promise<void> {
  const { rowCount } = await superuser.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (rowCount === 0) await superuser.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} OWNER ${ownerRole}`)
  await closeToStrangers(superuser, name)
}

/** Takes the rights that every new database gives to PUBLIC; only the owner and the app may connect. */
export async function closeToStrangers(client: pg.Client, database: string): Promise<void> {
  const name = pg.escapeIdentifier(database)
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
  await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${appRole}`)
}

async function ensureRole(
  superuser: pg.Client,
  { name, rights, password }: { name: string; rights: string; password: string },
): Promise<void> {
  const { rowCount } = await superuser.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])
  if (rowCount === 0) await superuser.query(`CREATE ROLE ${name} ${rights} PASSWORD ${pg.escapeLiteral(password)}`)
}
