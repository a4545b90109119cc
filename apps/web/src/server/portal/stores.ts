import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { createPool, getPrisma, type Pool, type PrismaClient } from '@meterbook/db/postgres'
import { findSpaceAccess as readSpaceAccess, type SpaceAccess } from '@meterbook/db/postgres/portal'
import { getLiveFeed, type LiveFeed } from '@meterbook/db/redis/live'
import type { CurrentPerson } from '../auth/current-person.ts'
import { getWebEnv } from '../env.ts'
import type { EventStores } from '../events/event-sight.ts'

const KEY = Symbol.for('meterbook.web.clickhouse')
const POOL = Symbol.for('meterbook.web.postgres')
/** Beside Prisma's own: the journal and what is written with it go through plain statements. */
const CONNECTIONS_MAX = 5

export function prisma(): PrismaClient {
  return getPrisma(getWebEnv().databaseUrl)
}

export function postgres(): Pool {
  const shared = globalThis as { [POOL]?: Pool }
  shared[POOL] ??= createPool({
    url: getWebEnv().databaseUrl,
    connectionsMax: CONNECTIONS_MAX,
    name: 'meterbook-portal',
  })
  return shared[POOL]
}

export function clickhouse(): ClickHouseClient {
  const shared = globalThis as { [KEY]?: ClickHouseClient }
  shared[KEY] ??= createClickHouse(getWebEnv().clickhouseUrl)
  return shared[KEY]
}

export function eventStores(): EventStores {
  return { pool: postgres(), clickhouse: clickhouse() }
}

export function liveFeed(): LiveFeed {
  return getLiveFeed(getWebEnv().redisUrl)
}

/** What this person may see of the space with this slug, or null. Asked anew for each call: a right taken away ends at once. */
export function findSpaceAccess(asking: { person: CurrentPerson; spaceSlug: string }): Promise<SpaceAccess | null> {
  const { person, spaceSlug } = asking
  return readSpaceAccess(prisma(), { personId: person.id, isPlatformAdmin: person.isPlatformAdmin, spaceSlug })
}
