// The demo: two developer spaces, six apps, the people, meters and prices around them, and what keeps sending for them.
// Promises: a second start finds everything as it was, with the same credentials; what exists is never overwritten.
// Does not know: how the servers were started, how events are taken, counted or priced.
import pg from 'pg'
import { writePrivate } from '../private-file.ts'
import { ADMIN, DEMO_SPACE, DEVELOPER, OTHERS, SPACES } from './cast.ts'
import { adminFile, type DemoCredentials, readAdmin, readCredentials, type SignIn } from './credentials.ts'
import { seedCatalogue } from './seed-catalogue.ts'
import { seedAppKey, seedServiceKey } from './seed-keys.ts'
import { hasPlatformAdmin, seedPerson, workingPassword } from './seed-people.ts'
import { seedSpace } from './seed-space.ts'

export type { DemoCredentials } from './credentials.ts'

export interface SeedInput {
  /** The app role's URL: it may read and add, and owns nothing. The schema is already migrated. */
  databaseUrl: string
  /** Where an earlier start left demo.json. */
  home: string
  /** The origin that the credentials are for, `http://127.0.0.1:3000`. */
  url: string
  /** Over how many shards its apps are spread, default one; apps that exist stay on theirs. */
  shardCount?: number
  log: (line: string) => void
}

/** Any number will do, as long as it is the seed's alone: two starts on one database wait for each other. */
const SEED_LOCK = 7_203_114_002

/**
 * Fills an empty database with the demo and answers with its credentials, for the caller to write to `<home>/demo.json`. Run again,
 * it adds what is missing and returns the same credentials; secrets that demo.json no longer holds (or that no longer work) are
 * made anew, because only their hashes are in the database. Each space is one transaction.
 */
export async function seedDemo(input: SeedInput): Promise<DemoCredentials> {
  const known = readCredentials(input.home)
  const knownAdmin = known?.admin ?? readAdmin(input.home)
  return withSeedLock(input.databaseUrl, async (client) => {
    await inTransaction(client, () => seedCatalogue(client))
    const appIds = new Map<string, string>()
    for (const space of SPACES) {
      const isNew = await inTransaction(client, () =>
        seedSpace({ client, space, shardCount: input.shardCount ?? 1, appIds }),
      )
      if (isNew) input.log(`demo: made ${space.name} with ${space.apps.map((app) => app.name).join(', ')}`)
    }
    return inTransaction(client, () => seedAccess({ client, url: input.url, known, knownAdmin, appIds }))
  })
}

/**
 * A platform admin and nothing else. The first password is kept in `<home>/admin.json` (0600); it is null once the admin has chosen
 * another, which is theirs and is never reset.
 */
export async function seedEmpty(input: SeedInput): Promise<{ admin: { email: string; password: string | null } }> {
  return withSeedLock(input.databaseUrl, (client) =>
    inTransaction(client, async () => {
      const known = readAdmin(input.home)
      if (await hasPlatformAdmin(client)) {
        const password = await workingPassword({ client, email: ADMIN.email, known: known?.password })
        return { admin: { email: ADMIN.email, password: password ?? null } }
      }
      const admin = await seedPerson({ client, person: ADMIN, knownPassword: undefined })
      // Before the commit: a password that only a lost process knew would lock everybody out.
      writePrivate(adminFile(input.home), `${JSON.stringify({ url: input.url, admin }, null, 2)}\n`)
      return { admin }
    }),
  )
}

async function seedAccess(input: {
  client: pg.Client
  url: string
  known: DemoCredentials | undefined
  knownAdmin: SignIn | undefined
  appIds: Map<string, string>
}): Promise<DemoCredentials> {
  const { client, url, known, knownAdmin, appIds } = input
  const passwords = new Map(
    [known?.signIn, knownAdmin, ...(known?.people ?? [])].map((person) => [person?.email, person?.password]),
  )
  const signInOf = (person: typeof ADMIN) => seedPerson({ client, person, knownPassword: passwords.get(person.email) })

  const signIn = await signInOf(DEVELOPER)
  const admin = await signInOf(ADMIN)
  const people: DemoCredentials['people'] = []
  for (const person of OTHERS) {
    people.push({ ...(await signInOf(person)), space: person.space ?? '', role: person.role })
  }
  const apps: DemoCredentials['apps'] = []
  for (const space of SPACES) {
    for (const { slug } of space.apps) {
      const id = appIds.get(slug) ?? ''
      const knownKey = known?.apps.find((app) => app.slug === slug)?.ingestKey
      apps.push({ id, slug, space: space.slug, ingestKey: await seedAppKey({ client, appId: id, knownKey }) })
    }
  }
  const serviceKey = await seedServiceKey({ client, knownKey: known?.serviceKey })
  return { url, signIn, admin, space: { slug: DEMO_SPACE }, apps, people, serviceKey }
}

async function withSeedLock<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'meterbook-seed' })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [SEED_LOCK])
    return await work(client)
  } finally {
    await client.end()
  }
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
