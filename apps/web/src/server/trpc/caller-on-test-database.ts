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
  callerOf(input: {
    isPlatformAdmin?: boolean
    space?: 'ours' | 'theirs'
    role?: 'viewer' | 'developer' | 'admin'
    apps?: ('one' | 'two')[]
  }): Promise<Caller>
  /** Journals, projects, and gives the places in order. */
  taken(
    app: 'one' | 'two' | 'far' | 'stray',
    ...events: object[]
  ): Promise<{ app: string; batch: string; pos: number }[]>
}

export async function createCallerTestDatabase(): Promise<CallerTestDatabase> {
  const database = await createEventsTestDatabase()
  const { pool, ids, urls } = database
  process.env.DATABASE_URL = urls.postgres.url
  process.env.CLICKHOUSE_URL = urls.clickhouse.url
  process.env.REDIS_URL = urls.redis.url
  return {
    ...database,
    stranger: callerFor({ person: null }),
    async callerOf({ isPlatformAdmin = false, space, role, apps = [] }) {
      const id = randomUUID()
      const person: CurrentPerson = { id, name: 'Pat', email: `${id}@example.test`, isPlatformAdmin }
      await pool.query('INSERT INTO person (id, name, email) VALUES ($1, $2, $3)', [id, person.name, person.email])
      if (space !== undefined) {
        await pool.query('INSERT INTO membership (person_id, space_id, role) VALUES ($1, $2, $3::space_role)', [
          id,
          ids[space],
          role,
        ])
      }
      for (const app of apps) {
        await pool.query('INSERT INTO app_contributor (person_id, app_id) VALUES ($1, $2)', [id, ids[app]])
      }
      return callerFor({ person })
    },
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

/** An event that the meter `tokens` measures. */
export function prompt(id: string, data: object | null, more: object = {}): object {
  return { specversion: '1.0', id, source: '/test', type: 'prompt', time: '2026-07-01T12:00:00Z', data, ...more }
}
