import { randomUUID } from 'node:crypto'
import type { CurrentPerson } from '../auth/current-person.ts'
import { createEventsTestDatabase, type EventsTestDatabase } from '../events/events-test-database.ts'
import { clickhouse, postgres, prisma } from '../portal/stores.ts'
import { createCaller } from './procedures.ts'
import { appRouter } from './router.ts'

const callerFor = createCaller(appRouter)
export type Caller = ReturnType<typeof callerFor>

/** The router's own stores on a database of events, and callers with whatever rights. Fixture of tests only. */
export interface CallerTestDatabase extends EventsTestDatabase {
  stranger: Caller
  callerOf(input: TestPerson): Promise<Caller>
  personOf(input: TestPerson): Promise<CurrentPerson>
  /** Journals, projects, and gives the places in order. */
  taken(
    app: 'one' | 'two' | 'far' | 'stray',
    ...events: object[]
  ): Promise<{ app: string; batch: string; pos: number }[]>
}

interface TestPerson {
  isPlatformAdmin?: boolean
  space?: 'ours' | 'theirs'
  role?: 'viewer' | 'developer' | 'admin'
  isBillingAdmin?: boolean
  apps?: ('one' | 'two')[]
}

export async function createCallerTestDatabase(): Promise<CallerTestDatabase> {
  const database = await createEventsTestDatabase()
  const { urls } = database
  process.env.DATABASE_URL = urls.postgres.url
  process.env.CLICKHOUSE_URL = urls.clickhouse.url
  process.env.REDIS_URL = urls.redis.url
  return {
    ...database,
    stranger: callerFor({ person: null }),
    callerOf: async (input) => callerFor({ person: await personOf(database, input) }),
    personOf: (input) => personOf(database, input),
    async taken(app, ...events) {
      const batch = (await database.journal(app, events)).toString()
      await database.project()
      return events.map((_, pos) => ({ app, batch, pos }))
    },
    async drop() {
      await Promise.all([prisma().$disconnect(), postgres().end(), clickhouse().close()])
      await database.drop()
    },
  }
}

async function personOf({ pool, ids }: EventsTestDatabase, input: TestPerson): Promise<CurrentPerson> {
  const { isPlatformAdmin = false, space, role, isBillingAdmin = false, apps = [] } = input
  const id = randomUUID()
  const person: CurrentPerson = { id, name: 'Pat', email: `${id}@example.test`, isPlatformAdmin }
  await pool.query('INSERT INTO person (id, name, email, is_platform_admin) VALUES ($1, $2, $3, $4)', [
    id,
    person.name,
    person.email,
    isPlatformAdmin,
  ])
  if (space !== undefined) {
    await pool.query(
      'INSERT INTO membership (person_id, space_id, role, is_billing_admin) VALUES ($1, $2, $3::space_role, $4)',
      [id, ids[space], role, isBillingAdmin],
    )
  }
  for (const app of apps) {
    await pool.query('INSERT INTO app_contributor (person_id, app_id) VALUES ($1, $2)', [id, ids[app]])
  }
  return person
}

/** An event that the meter `tokens` measures. */
export function prompt(id: string, data: object | null, more: object = {}): object {
  return { specversion: '1.0', id, source: '/test', type: 'prompt', time: '2026-07-01T12:00:00Z', data, ...more }
}
