import { CatalogueDocument, compileCatalogue, type StoredCatalogue } from '../catalogue/index.ts'
import { contentDigest, ENVIRONMENT_DEFAULT, eventIdentity, type UsageEvent } from '../event/index.ts'
import { type Instant, parseInstant, sha256 } from '../kernel/index.ts'
import type { IdentifiedEvent } from './project-group.ts'
import { createProjector, type Projector } from './projector.ts'

/** What the tests of this room say of an event; the rest has quiet defaults. Fixture of tests only. */
export interface TestEvent extends Partial<UsageEvent> {
  batch: bigint
  pos: number
  appId?: string
  receivedAt?: Instant
}

export const RECEIVED_AT = instant('2026-07-01T12:00:00.000001Z')

export function instant(text: string): Instant {
  const result = parseInstant(text)
  if (!result.ok) throw new Error(`expected an instant, found ${text}`)
  return result.value
}

/** An event as the projection takes it: identified the way the workers do. */
export function identified({
  batch,
  pos,
  appId = 'app',
  receivedAt = RECEIVED_AT,
  ...more
}: TestEvent): IdentifiedEvent {
  const event: UsageEvent = {
    id: 'id',
    source: '/test',
    type: 'request',
    subject: null,
    time: null,
    environment: ENVIRONMENT_DEFAULT,
    installation: null,
    app: null,
    data: null,
    extensions: {},
    ...more,
  }
  return {
    batch,
    pos,
    appId,
    receivedAt,
    event,
    identity: eventIdentity({ app: appId, source: event.source, id: event.id }, sha256),
    digest: contentDigest({ ...event, app: appId }, sha256),
  }
}

const SINCE = { from: '2020-01-01T00:00:00Z', to: null }
const meter = (
  slug: string,
  eventType: string,
  aggregation: 'COUNT' | 'SUM' | 'UNIQUE_COUNT',
  path: string | null,
) => ({
  id: slug,
  slug,
  capabilityKey: slug,
  versions: [
    {
      version: 1,
      from: SINCE.from,
      eventType,
      aggregation,
      value: path === null ? null : { path },
      divisor: '1',
      groupBy: (aggregation === 'SUM' ? { model: '$.model' } : {}) as Record<string, string>,
      subjectRequired: false,
    },
  ],
})

/**
 * Space `first` owns `app` until 2026-07-01 and `second` since then; both have the right to everything but `secrets`, which only
 * `first` has. `free` is an app that nobody owns. The installation `own-site` is exempt. `prompt` is measured by two meters.
 */
export const CATALOGUE: StoredCatalogue = {
  revision: '7',
  apps: [
    { id: 'app', slug: 'the-app', shard: 0 },
    { id: 'free', slug: 'free', shard: 0 },
  ],
  ownerships: [
    { appId: 'app', spaceId: 'first', from: SINCE.from, to: '2026-07-01T00:00:00Z' },
    { appId: 'app', spaceId: 'second', from: '2026-07-01T00:00:00Z', to: null },
  ],
  installations: [{ appId: 'app', key: 'own-site', exempt: true, ...SINCE }],
  meters: [
    meter('requests', 'request', 'COUNT', null),
    meter('secrets', 'secret', 'COUNT', null),
    meter('tokens', 'prompt', 'SUM', '$.tokens'),
    meter('users', 'prompt', 'UNIQUE_COUNT', '$.user'),
  ],
  subscriptions: [
    { id: 'of-first', spaceId: 'first', ...SINCE },
    { id: 'of-second', spaceId: 'second', ...SINCE },
  ],
  entitlements: ['requests', 'tokens', 'users', 'secrets'].flatMap((capabilityKey) => [
    {
      id: `${capabilityKey}-first`,
      subscriptionId: 'of-first',
      appId: 'app',
      capabilityKey,
      from: SINCE.from,
      to: '2026-07-01T00:00:00Z',
    },
    ...(capabilityKey === 'secrets'
      ? []
      : [
          {
            id: `${capabilityKey}-second`,
            subscriptionId: 'of-second',
            appId: 'app',
            capabilityKey,
            from: '2026-07-01T00:00:00Z',
            to: null,
          },
        ]),
  ]),
}

/** The projector of that catalogue, or of one with some facts replaced. */
export function testProjector(facts: Partial<StoredCatalogue> = {}): Projector {
  return createProjector(
    compileCatalogue(CatalogueDocument.parse({ ...CATALOGUE, ...facts } satisfies StoredCatalogue)),
  )
}
