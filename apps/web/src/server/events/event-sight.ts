// server/events: single events as they stand in journal and projection, for the public interface and the portal alike.
// Promises: nobody is shown an event outside their sight; what is not known yet is said to be so, never "not there".
// Does not know: headers, sessions, how an answer is written.
import type { ClickHouseClient, EventFilter } from '@meterbook/db/clickhouse'
import type { NamedApp, Pool } from '@meterbook/db/postgres'

export interface EventStores {
  pool: Pool
  clickhouse: ClickHouseClient
}

/** Which events somebody may see. Every read starts from this. */
export interface EventSight {
  apps: readonly NamedApp[]
  /** All apps of the platform are in sight: spares naming them. */
  isWhole: boolean
  /** Only what is attributed to this space; null: to any, or to none. */
  spaceId: string | null
  /** Null: all of them. */
  environments: readonly string[] | null
}

/** What of an EventFilter follows from the sight alone. */
export function sightFilter(sight: EventSight): Pick<EventFilter, 'appIds' | 'spaceId' | 'environments'> {
  return {
    appIds: sight.isWhole ? null : sight.apps.map(({ id }) => id),
    spaceId: sight.spaceId,
    environments: sight.environments,
  }
}

/** The same sight of one app only; null if the app, by id or slug, is out of it. */
export function sightOfApp(sight: EventSight, idOrSlug: string): (EventSight & { app: NamedApp }) | null {
  const app = sight.apps.find(({ id }) => id === idOrSlug) ?? sight.apps.find(({ slug }) => slug === idOrSlug)
  return app === undefined ? null : { ...sight, apps: [app], isWhole: false, app }
}
