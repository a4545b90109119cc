import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { readJournalBody, type UsageEvent } from '@meterbook/core/event'
import {
  createPool,
  findApp,
  JournalWriter,
  KeyDirectory,
  listBatches,
  type Pool,
  readBatches,
} from '@meterbook/db/postgres'
import { createTestDatabase } from '@meterbook/stack/test-servers'
import { IngestQuota } from '../../ingest-quota.ts'
import type { IngestDependencies } from '../dependencies.ts'
import { createIngestHandler } from '../ingest-handler.ts'
import { createIngestServer } from '../ingest-server.ts'
import type { BodyLimits } from '../read-body.ts'

export type RigApp = { id: string; slug: string; shard: number; key: string }
/** What stands in the journal, in order: its row and its meaning. */
export type JournalEntry = { appId: string; receivedAt: bigint; body: string; events: UsageEvent[] }

/**
 * The ingest on a real server over a real journal in a database of its own. The journal's connection runs through a door that a
 * test can close, which is how Postgres looks when it is down.
 */
export async function createIngestRig(options: { limits?: BodyLimits; deps?: Partial<IngestDependencies> } = {}) {
  const database = await createTestDatabase({ migrate: true })
  const pool = createPool({ url: database.postgres.url, name: 'ingest-test' })
  const door = await createDoor(new URL(database.postgres.url))
  const journalPool = createPool({ url: door.url, name: 'ingest-test-journal' })
  const journal = new JournalWriter(journalPool)
  const keys = new KeyDirectory(pool)
  const quota = new IngestQuota(10_000_000)
  const scarceQuota = new IngestQuota(1)
  const scarce = { id: '' }
  const clock = { now: 1_782_907_200_000_000n }
  const logged: object[] = []
  const deps: IngestDependencies = {
    authenticate: (secret) => keys.authenticate(secret),
    resolveApp: (name) => findApp(pool, name),
    append: (batches) => journal.append(batches),
    awaitVerdicts: async () => null,
    admit: () => ({ ok: true }),
    consume: (key, events) => (key.keyId === scarce.id ? scarceQuota : quota).consume(key, events),
    countRequest: (key) => quota.countRequest(key),
    now: () => clock.now,
    reached: () => undefined,
    log: { warn: (fields) => logged.push(fields), error: (fields) => logged.push(fields) },
    ...options.deps,
  }
  const server = createIngestServer(createIngestHandler(deps, options.limits))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const app = await insertApp(pool, { slug: 'shop', shard: 0 })
  const otherApp = await insertApp(pool, { slug: 'blog', shard: 1 })
  const scarceKey = await insertIngestKey(pool, { appId: app.id })
  scarce.id = (await keys.authenticate(scarceKey))?.keyId ?? ''
  const lastRead = [0n, 0n]
  return {
    port: (server.address() as AddressInfo).port,
    app,
    otherApp,
    serviceKey: await insertServiceKey(pool),
    deps,
    clock,
    logged,
    door,
    pool,
    insertKey: (input: Omit<NewKeyTerms, 'appId'>) => insertIngestKey(pool, { appId: app.id, ...input }),
    /** A key that may send one event a minute. */
    scarceKey: async () => scarceKey,
    /** What was stored since the last call, in the order of each shard. */
    async newEntries(): Promise<JournalEntry[]> {
      const entries: JournalEntry[] = []
      for (const shard of [app.shard, otherApp.shard]) {
        const found = await readJournal(pool, { shard, after: lastRead[shard] ?? 0n })
        lastRead[shard] = (lastRead[shard] ?? 0n) + BigInt(found.length)
        entries.push(...found)
      }
      return entries
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await journal.drain()
      await journalPool.end()
      await pool.end()
      await door.close()
      await database.drop()
    },
  }
}
export type IngestRig = Awaited<ReturnType<typeof createIngestRig>>

async function readJournal(pool: Pool, { shard, after }: { shard: number; after: bigint }): Promise<JournalEntry[]> {
  const heads = await listBatches(pool, { shard, after, limit: 100_000 })
  const last = heads.at(-1)
  if (last === undefined) return []
  const batches = await readBatches(pool, { shard, first: after + 1n, last: last.number })
  return batches.map(({ appId, receivedAt, body, eventCount }) => {
    const events = readJournalBody(body)
    if (events.length !== eventCount) throw new Error(`expected ${eventCount} events in a row, found ${events.length}`)
    return { appId, receivedAt, body, events }
  })
}

async function insertApp(pool: Pool, { slug, shard }: { slug: string; shard: number }): Promise<RigApp> {
  const id = randomUUID()
  await pool.query('INSERT INTO app (id, slug, name, shard) VALUES ($1, $2, $2, $3)', [id, slug, shard])
  return { id, slug, shard, key: await insertIngestKey(pool, { appId: id }) }
}

type NewKeyTerms = {
  appId: string
  scopes?: string[]
  eventTypes?: string[]
  environments?: string[]
  eventsPerSecond?: number
  requestsPerSecond?: number
}

async function insertIngestKey(pool: Pool, input: NewKeyTerms): Promise<string> {
  const { prefix, secret, secretHash } = newSecret()
  const { appId, scopes = ['events:write'], eventTypes = [], environments = [] } = input
  await pool.query(
    `INSERT INTO ingest_key (id, prefix, secret_hash, app_id, name, scopes, event_types, environments, events_per_second, requests_per_second)
     VALUES ($1, $2, $3, $4, 'test', $5, $6, $7, $8, $9)`,
    [
      randomUUID(),
      prefix,
      secretHash,
      appId,
      scopes,
      eventTypes,
      environments,
      input.eventsPerSecond ?? null,
      input.requestsPerSecond ?? null,
    ],
  )
  return `mbk_${prefix}_${secret}`
}

async function insertServiceKey(pool: Pool): Promise<string> {
  const { prefix, secret, secretHash } = newSecret()
  await pool.query(
    `INSERT INTO service_key (id, prefix, secret_hash, name, scopes) VALUES ($1, $2, $3, 'test', '{events:write}')`,
    [randomUUID(), prefix, secretHash],
  )
  return `mbs_${prefix}_${secret}`
}

function newSecret() {
  const secret = randomBytes(32).toString('base64url')
  return { prefix: randomBytes(6).toString('hex'), secret, secretHash: createHash('sha256').update(secret).digest() }
}

/** A relay in front of Postgres: closed, it refuses connections and cuts those there are. */
async function createDoor(target: URL) {
  const sockets = new Set<net.Socket>()
  const relay = net.createServer((client) => {
    const upstream = net.connect(Number(target.port || 5432), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const { port } = relay.address() as AddressInfo
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  const shut = async () => {
    for (const socket of sockets) socket.destroy()
    if (relay.listening) await new Promise((resolve) => relay.close(resolve))
  }
  return {
    url: url.href,
    shut,
    async open() {
      relay.listen(port, '127.0.0.1')
      await once(relay, 'listening')
    },
    close: shut,
  }
}
