import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { getPrisma, type PrismaClient } from '@meterbook/db/postgres'
import { findSpaceAccess as readSpaceAccess, type SpaceAccess } from '@meterbook/db/postgres/portal'
import { getLiveFeed, type LiveFeed } from '@meterbook/db/redis/live'
import type { CurrentPerson } from '../auth/current-person.ts'
import { getWebEnv } from '../env.ts'

const KEY = Symbol.for('meterbook.web.clickhouse')

export function prisma(): PrismaClient {
  return getPrisma(getWebEnv().databaseUrl)
}

export function clickhouse(): ClickHouseClient {
  const shared = globalThis as { [KEY]?: ClickHouseClient }
  shared[KEY] ??= createClickHouse(getWebEnv().clickhouseUrl)
  return shared[KEY]
}

export function liveFeed(): LiveFeed {
  return getLiveFeed(getWebEnv().redisUrl)
}

/** What this person may see of the space with this slug, or null. Asked anew for each call: a right taken away ends at once. */
export function findSpaceAccess(asking: { person: CurrentPerson; spaceSlug: string }): Promise<SpaceAccess | null> {
  const { person, spaceSlug } = asking
  return readSpaceAccess(prisma(), { personId: person.id, isPlatformAdmin: person.isPlatformAdmin, spaceSlug })
}
