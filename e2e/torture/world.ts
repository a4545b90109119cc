// The catalogue of a torture run: the demo's, and what the demo has not. Written to the database, and kept beside it as ground truth.
// Promises: an app on each shard, one that moved between spaces, one that had no space yet, one without some rights.
// Does not know: the events.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { seedDemo } from '@meterbook/stack/demo'
import pg from 'pg'
import { DAY, FIRST, HOUR, instantText } from './local-time.ts'
import { type TruthMeter, truthMeters } from './measures.ts'
import { addPrices, type TruthPrice, truthPrices } from './prices.ts'

export interface Stay {
  spaceId: string
  from: bigint
  to: bigint | null
}

/** An app as the run knows it to be. */
export interface TruthApp {
  id: string
  slug: string
  key: string
  stays: Stay[]
  /** Installations whose usage is exempt. */
  exempt: ReadonlySet<string>
  installations: readonly string[]
  isEntitled(capability: string, at: bigint): boolean
  /** Rights that it has not at first, and that an operator grants for all its past while the run is on. */
  granted: ReadonlySet<string>
}

export interface World {
  /** The whole hour before the run began: what happens, happened around it. Microseconds since 1970. */
  now: bigint
  /** Version 2 of `torture_sum` begins. */
  boundary: bigint
  /** An app moved. */
  transfer: bigint
  /** Prices change. */
  repriced: bigint
  apps: TruthApp[]
  spaceIds: string[]
  /** By space: the zone whose months are billed. */
  billingZones: ReadonlyMap<string, string>
  /** By capability, oldest first; the same for all spaces. */
  prices: ReadonlyMap<string, readonly TruthPrice[]>
  serviceKey: string
  meters: TruthMeter[]
}

const SINCE = '2000-01-01T00:00:00Z'
/** Its months begin within an hour of UTC. */
const BILLED_ABROAD = { space: 'quarry-lane', zone: 'Asia/Kathmandu' }
/** The app of this shard lacks some rights. */
const WITHOUT_RIGHTS = 2
const GRANTED_LATER: ReadonlySet<string> = new Set(['peak_connections', 'sql.compute'])
const CUSTOMER = 'shop-1'
const OWN_SITE = 'own-site'
const DEMO_EXEMPT: Record<string, string> = { 'sprint-radar': 'fernline-house', 'billing-sync': 'quarry-lane-tests' }
const RUN_CAPABILITIES = [
  'torture_avg',
  'torture_latest',
  'torture_min',
  'torture_p90',
  'torture_sum',
  'torture_untimed',
]

export async function makeWorld(input: {
  databaseUrl: string
  ownerUrl: string
  home: string
  url: string
}): Promise<World> {
  const now = BigInt(Math.floor(Date.now() / 3_600_000)) * HOUR
  const boundary = now - 7n * DAY + 123_456n
  const transfer = now - 10n * DAY - 5n * HOUR + 654_321n
  const changes = { priced: now - 25n * DAY + 543_210n, repriced: now - 12n * DAY + 1_234_567_891n }
  const client = new pg.Client({ connectionString: input.ownerUrl })
  await client.connect()
  try {
    // Before the demo, which entitles its apps to every capability there is.
    const meters = truthMeters(boundary)
    await addMeters(client, boundary)
    const demo = await seedDemo({
      databaseUrl: input.databaseUrl,
      home: input.home,
      url: input.url,
      shardCount: 4,
      log: () => undefined,
    })
    const spaces = await idsBySlug(client, 'developer_space')
    const ownerOf = (slug: string) => spaces.get(slug) ?? ''
    const apps: TruthApp[] = demo.apps.map(({ id, slug, space, ingestKey }) => ({
      id,
      slug,
      key: ingestKey,
      stays: [{ spaceId: ownerOf(space), from: FIRST, to: null }],
      exempt: new Set(DEMO_EXEMPT[slug] === undefined ? [] : [DEMO_EXEMPT[slug]]),
      installations: [CUSTOMER, DEMO_EXEMPT[slug] ?? 'nowhere'],
      isEntitled: () => true,
      granted: new Set<string>(),
    }))
    apps.push(...(await addApps({ client, spaces, now, transfer })))
    await addPrices(client, changes)
    const { space, zone } = BILLED_ABROAD
    await client.query('UPDATE developer_space SET billing_zone = $2 WHERE slug = $1', [space, zone])
    return {
      ...{ now, boundary, transfer, apps, meters },
      repriced: changes.repriced,
      spaceIds: [...spaces.values()],
      billingZones: new Map([...spaces].map(([slug, id]) => [id, slug === space ? zone : 'UTC'])),
      prices: truthPrices(changes),
      serviceKey: demo.serviceKey,
    }
  } finally {
    await client.end()
  }
}

async function addMeters(client: pg.Client, boundary: bigint): Promise<void> {
  for (const key of RUN_CAPABILITIES) {
    await client.query(`INSERT INTO capability (key, name, unit, shape) VALUES ($1, $1, 'piece', 'torture')`, [key])
    const id = randomUUID()
    await client.query('INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $2, $2)', [id, key])
    const aggregation = { torture_avg: 'AVG', torture_latest: 'LATEST', torture_min: 'MIN', torture_p90: 'PERCENTILE' }[
      key
    ]
    const kind = key === 'torture_untimed' ? 'COUNT' : (aggregation ?? 'SUM')
    const add = (version: number, from: string, value: object | null, divisor: string) =>
      client.query(
        `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, percentile, value, divisor, group_by)
         VALUES ($1, $2, $3, $4, $5::aggregation, $6, $7, $8, $9)`,
        [
          id,
          version,
          from,
          key === 'torture_untimed' ? 'torture.untimed' : 'torture.reading',
          kind,
          kind === 'PERCENTILE' ? '0.9' : null,
          value === null ? null : JSON.stringify(value),
          divisor,
          key === 'torture_untimed' ? '{}' : '{"kind":"$.kind"}',
        ],
      )
    const value = { path: '$.value' }
    await add(1, SINCE, kind === 'COUNT' ? null : value, { torture_avg: '3', torture_min: '1024' }[key] ?? '1')
    if (key === 'torture_sum') await add(2, instantText(boundary), { product: [value, { constant: '3' }] }, '1000')
  }
}

/** One app on each shard, each with a past of its own. */
async function addApps(input: {
  client: pg.Client
  spaces: Map<string, string>
  now: bigint
  transfer: bigint
}): Promise<TruthApp[]> {
  const { client, spaces, now, transfer } = input
  const [fernline = '', quarry = ''] = [spaces.get('fernline'), spaces.get('quarry-lane')]
  const founded = now - 20n * DAY - 777n
  const readsFrom = now - 5n * DAY
  const plans: { stays: Stay[]; isEntitled: TruthApp['isEntitled'] }[] = [
    { stays: [{ spaceId: fernline, from: FIRST, to: null }], isEntitled: () => true },
    {
      stays: [
        { spaceId: fernline, from: FIRST, to: transfer },
        { spaceId: quarry, from: transfer, to: null },
      ],
      isEntitled: () => true,
    },
    {
      stays: [{ spaceId: quarry, from: FIRST, to: null }],
      isEntitled: (capability, at) => !GRANTED_LATER.has(capability) && (capability !== 'kvs.reads' || at >= readsFrom),
    },
    { stays: [{ spaceId: fernline, from: founded, to: null }], isEntitled: () => true },
  ]
  const { rows: capabilities } = await client.query<{ key: string }>('SELECT key FROM capability')
  const apps: TruthApp[] = []
  for (const [shard, { stays, isEntitled }] of plans.entries()) {
    const id = randomUUID()
    const slug = `torture-${shard}`
    await client.query('INSERT INTO app (id, slug, name, shard, series) VALUES ($1, $2, $2, $3, $4)', [
      id,
      slug,
      shard,
      shard + 1,
    ])
    await client.query(
      'INSERT INTO installation (id, app_id, key, name, exempt, effective_from) VALUES ($1, $2, $3, $3, true, $4)',
      [randomUUID(), id, OWN_SITE, SINCE],
    )
    for (const stay of stays) {
      const [from, to] = [
        stay.from === FIRST ? SINCE : instantText(stay.from),
        stay.to === null ? null : instantText(stay.to),
      ]
      await client.query(
        'INSERT INTO app_ownership (id, app_id, space_id, effective_from, effective_to) VALUES ($1, $2, $3, $4, $5)',
        [randomUUID(), id, stay.spaceId, from, to],
      )
      const entitled = capabilities.filter(({ key }) => isEntitled(key, now)).map(({ key }) => key)
      await client.query(
        `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from, effective_to)
         SELECT gen_random_uuid(), s.id, $1, key, CASE WHEN key = 'kvs.reads' AND $5 THEN $6::timestamptz ELSE $3::timestamptz END, $4
         FROM unnest($7::text[]) AS key, subscription s WHERE s.space_id = $2`,
        [id, stay.spaceId, from, to, shard === WITHOUT_RIGHTS, instantText(readsFrom), entitled],
      )
    }
    apps.push({
      id,
      slug,
      key: await addKey(client, id),
      stays,
      isEntitled,
      granted: shard === WITHOUT_RIGHTS ? GRANTED_LATER : new Set(),
      exempt: new Set([OWN_SITE]),
      installations: [CUSTOMER, OWN_SITE],
    })
  }
  return apps
}

/** Grants a right for all the past, as an operator does who cures what is held. Asked again, it adds nothing. */
export async function grant(client: pg.Client, input: { app: TruthApp; capability: string }): Promise<void> {
  await client.query(
    `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
     SELECT gen_random_uuid(), s.id, $1, $2, $3 FROM subscription s
     WHERE s.space_id = $4 AND NOT EXISTS (SELECT FROM entitlement WHERE app_id = $1 AND capability_key = $2)`,
    [input.app.id, input.capability, SINCE, input.app.stays[0]?.spaceId],
  )
}

async function addKey(client: pg.Client, appId: string): Promise<string> {
  const prefix = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  await client.query(
    `INSERT INTO ingest_key (id, prefix, secret_hash, app_id, name, scopes) VALUES ($1, $2, $3, $4, 'Torture', $5)`,
    [randomUUID(), prefix, createHash('sha256').update(secret).digest(), appId, ['events:write', 'usage:read']],
  )
  return `mbk_${prefix}_${secret}`
}

async function idsBySlug(client: pg.Client, table: 'developer_space'): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; slug: string }>(`SELECT id, slug FROM ${table}`)
  return new Map(rows.map((row) => [row.slug, row.id]))
}
