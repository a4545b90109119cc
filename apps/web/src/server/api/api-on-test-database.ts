import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeyHolder } from '@meterbook/core/event'
import { type ClickHouseClient, createClickHouse } from '@meterbook/db/clickhouse'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { createTestDatabase } from '@meterbook/stack/test-servers'
import { createApiHandler } from './create-api-handler.ts'
import type { MeterDefinition } from './meter-directory.ts'

/** What a test says of a usage record; quantities in the base measure, `at` an ISO text with up to six fraction digits. */
export interface TestUsage {
  app?: string
  meter: string
  at: string
  subject?: string
  quantity?: string
  uniqueValue?: string
  dims?: Record<string, string>
  environment?: string
  installation?: string
  space?: string
  version?: number
}

export interface ApiTestServer {
  url: string
  clickhouse: ClickHouseClient
  pool: Pool
  insert(usage: readonly TestUsage[]): Promise<void>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  send(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answer>
  close(): Promise<void>
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the body member by member
  json: any
}

export const APP_KEY = 'mbk_app'
export const OTHER_APP_KEY = 'mbk_other'
export const STAGING_KEY = 'mbk_staging'
export const PLATFORM_KEY = 'mbs_platform'
export const SENDING_PLATFORM_KEY = 'mbs_sending'
export const USELESS_KEY = 'mbk_useless'

const holder = (over: Partial<KeyHolder>): KeyHolder => ({
  keyId: 'key',
  kind: 'ingest',
  app: { id: 'app', slug: 'app', shard: 0 },
  scopes: ['events:write'],
  eventTypes: null,
  environments: null,
  eventsPerSecond: null,
  requestsPerSecond: null,
  ...over,
})

const KEYS = new Map<string, KeyHolder>([
  [APP_KEY, holder({})],
  [OTHER_APP_KEY, holder({ app: { id: 'other', slug: 'other', shard: 1 } })],
  [STAGING_KEY, holder({ environments: ['staging'], scopes: ['usage:read'] })],
  [PLATFORM_KEY, holder({ kind: 'service', app: null, scopes: ['usage:read'] })],
  [SENDING_PLATFORM_KEY, holder({ kind: 'service', app: null })],
  [USELESS_KEY, holder({ scopes: [] })],
])

/** The real handler on a port of its own, over a ClickHouse database of its own. */
export async function startApiTestServer({
  meters,
  now,
  appIds = {},
}: {
  meters: MeterDefinition[]
  now: string
  /** What the apps of the keys, `app` and `other`, are called where they must be in the catalogue. */
  appIds?: Readonly<Record<string, string>>
}): Promise<ApiTestServer> {
  const database = await createTestDatabase({ migrate: true })
  const clickhouse = createClickHouse(database.clickhouse.url)
  const pool = createPool({ url: database.postgres.url, name: 'test' })
  const failures: unknown[] = []
  const handle = createApiHandler({
    authenticate: async (key) => {
      const held = KEYS.get(key) ?? null
      return held?.app ? { ...held, app: { ...held.app, id: appIds[held.app.id] ?? held.app.id } } : held
    },
    people: { personOf: async () => null, spaceAccess: async () => null },
    meters: { listMeters: async () => meters },
    clickhouse,
    pool,
    log: { error: (context) => failures.push(context.err) },
    now: () => BigInt(Date.parse(now)) * 1000n,
  })
  const server = createServer(async (incoming, response) => {
    if (await handle(incoming, response)) return
    response.writeHead(418)
    response.end('left to others')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send: ApiTestServer['send'] = (method, path, headers = {}, body) => ask({ url, method, path, headers, body })
  return {
    url,
    clickhouse,
    pool,
    async insert(usage) {
      await clickhouse.insert({ table: 'usage_records', values: usage.map(rowOf), format: 'JSONEachRow' })
    },
    get: (path, headers) => send('GET', path, headers),
    post: (path, body, headers) =>
      send('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body)),
    send,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await Promise.all([clickhouse.close(), pool.end()])
      await database.drop()
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** By node:http, because fetch adds an Accept header of its own. */
function ask(input: {
  url: string
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${input.url}${input.path}`,
      { method: input.method, headers: { authorization: `Bearer ${APP_KEY}`, ...input.headers } },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const isJson = /json/.test(incoming.headers['content-type'] ?? '')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: isJson ? JSON.parse(text) : undefined,
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(input.body)
  })
}

function rowOf(usage: TestUsage, index: number): Record<string, unknown> {
  return {
    shard: 0,
    batch: 1,
    pos: index,
    space: usage.space ?? 'space',
    app: usage.app ?? 'app',
    meter: usage.meter,
    meter_version: usage.version ?? 1,
    environment: usage.environment ?? 'production',
    installation: usage.installation ?? '',
    at: usage.at,
    received_at: usage.at,
    subject: usage.subject ?? '',
    quantity: usage.quantity ?? '1',
    unique_value: usage.uniqueValue ?? '',
    dims: usage.dims ?? {},
  }
}

/** A meter as a directory would tell of it. */
export function meterOf(
  over: Partial<MeterDefinition> & Pick<MeterDefinition, 'slug' | 'aggregation'>,
): MeterDefinition {
  const began = new Date('2018-01-01T00:00:00Z')
  return {
    id: '0197c4a2-7a51-7d3c-8000-000000000001',
    name: over.slug,
    capability: over.slug,
    eventType: over.slug,
    groupBy: {},
    unit: 'unit',
    versions: [{ version: 1, divisor: '1', aggregation: over.aggregation, effectiveFrom: began }],
    createdAt: began,
    updatedAt: began,
    ...over,
  }
}
