import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readCsv } from '@meterbook/core/csv'
import {
  BILLING_PERIOD,
  COST_AND_USAGE,
  checkFocus,
  type FocusManifest,
  type FocusTable,
  INVOICE_DETAIL,
} from '@meterbook/core/focus'
import { addDecimals, sha256 } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CurrentPerson } from '../auth/current-person.ts'
import { findSpaceAccess } from '../portal/stores.ts'
import {
  createStatementsTestDatabase,
  instant,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { createApiHandler } from './create-api-handler.ts'
import { chainName } from './ledger-heads-route.ts'

const NOW = '2026-07-20T00:00:00Z'
const JUNE = '/api/v1/statements/2026-06-ours'
const JULY = '/api/v1/statements/2026-07-ours'

let database: StatementsTestDatabase
let origin: string
let admin: string
let stop: () => Promise<void>
const people = new Map<string, CurrentPerson>()

beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  const { pool, clickhouse, ids } = database
  const failures: unknown[] = []
  const key = {
    keyId: 'key',
    scopes: ['events:write', 'usage:read'],
    eventTypes: null,
    environments: null,
    eventsPerSecond: null,
    requestsPerSecond: null,
  }
  const handle = createApiHandler({
    authenticate: async (secret) => {
      if (secret === 'app') return { ...key, kind: 'ingest', app: { id: ids.one, slug: 'one', shard: 1 } }
      return secret === 'service' ? { ...key, kind: 'service', app: null } : null
    },
    people: { personOf: async ({ cookie }) => people.get(cookie ?? '') ?? null, spaceAccess: findSpaceAccess },
    meters: { listMeters: async () => [] },
    clickhouse,
    pool,
    log: { error: (context) => failures.push(context.err) },
    now: () => instant(NOW),
  })
  const server = createServer(async (incoming, response) => void (await handle(incoming, response)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  admin = await cookieOf({ space: 'ours', role: 'admin' })
  stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await database.drop()
    expect(failures).toEqual([])
  }
})
afterAll(() => stop())

async function cookieOf(input: Parameters<StatementsTestDatabase['personOf']>[0]): Promise<string> {
  const person = await database.personOf(input)
  people.set(`session=${person.id}`, person)
  return `session=${person.id}`
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  trailers: IncomingMessage['trailers']
  bytes: Buffer
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the body member by member
  json: any
}

/** By node:http, because fetch keeps trailers to itself. */
function get(path: string, headers: Record<string, string> = { cookie: admin }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${origin}${path}`, { headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString()
        const isJson = /json/.test(incoming.headers['content-type'] ?? '')
        const { statusCode: status = 0, headers: found, trailers } = incoming
        resolve({ status, headers: found, trailers, bytes, text, json: isJson ? JSON.parse(text) : undefined })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function tableOf(csv: string): FocusTable {
  const [header = [], ...records] = readCsv(csv)
  const columns = header.map((name) => name ?? '')
  return {
    columns,
    rows: records.map((cells) => Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? null]))),
  }
}

const sumOf = ({ rows }: FocusTable, column: string) =>
  rows.reduce((sum, row) => addDecimals(sum, row[column] ?? '0'), '0')

describe('who reads statements', () => {
  const paths = ['/api/v1/statements?space=ours', JUNE, `${JUNE}/entries`, `${JUNE}/export`, `${JUNE}/export/manifest`]

  it('is a signed-in admin, billing admin or platform admin: no key, no viewer, no developer, nobody else', async () => {
    const matrix: [number, Record<string, string>][] = [
      [401, {}],
      [401, { cookie: 'session=stale' }],
      [401, { authorization: 'Bearer nobody', cookie: admin }],
      [403, { authorization: 'Bearer app' }],
      [403, { authorization: 'Bearer service' }],
      [404, { cookie: await cookieOf({}) }],
      [404, { cookie: await cookieOf({ space: 'theirs', role: 'admin', isBillingAdmin: true }) }],
      [403, { cookie: await cookieOf({ space: 'ours', role: 'viewer' }) }],
      [403, { cookie: await cookieOf({ space: 'ours', role: 'developer' }) }],
      [200, { cookie: await cookieOf({ space: 'ours', role: 'viewer', isBillingAdmin: true }) }],
      [200, { cookie: admin }],
      [200, { cookie: await cookieOf({ isPlatformAdmin: true }) }],
    ]
    for (const [status, headers] of matrix) {
      for (const path of paths) {
        const answer = await get(path, headers)
        expect(answer.status, `${path} with ${JSON.stringify(headers)}`).toBe(status)
        if (status !== 200) expect(answer.headers['content-type']).toBe('application/problem+json')
      }
    }
  })

  it('finds a statement of another space as little as one that does not exist', async () => {
    const missing = await get('/api/v1/statements/2026-06-nowhere')
    for (const id of ['2026-06-theirs', '2026-05-ours', '2026-13-ours', 'x', '%FF']) {
      for (const rest of ['', '/entries', '/export', '/export/manifest']) {
        const answer = await get(`/api/v1/statements/${id}${rest}`)
        expect([answer.status, answer.json.detail], id).toEqual([404, missing.json.detail])
      }
    }
    expect((await get(`${JUNE}/entries?line=0000000000000000`)).status).toBe(404)
  })
})

describe('a statement', () => {
  it('answers with its lines, totals, state and proof, all decimals as texts', async () => {
    const { json } = await get(JUNE)
    expect(json).toMatchObject({
      id: '2026-06-ours',
      state: 'amended',
      period: { start: '2026-06-01T00:00:00Z', end: '2026-07-01T00:00:00Z' },
      zone: 'UTC',
      currency: 'USD',
      exactTotal: '0.060015',
      rounding: '-0.000015',
      total: '0.06',
      closedAt: '2026-07-03T01:00:00Z',
      proof: { ledgerSequence: '5', entriesCount: 4, entriesSum: '0.06', linesSum: '0.06', isEqual: true },
      correctedBy: [{ id: '2026-07-ours' }],
    })
    expect(json.checksum).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(json)).not.toMatch(/"(?:amount|quantity|total|exactTotal|entriesSum)":-?\d/)
    const list = (await get('/api/v1/statements?space=ours')).json
    expect(list.statements.map(({ id, state, total }: Record<string, string>) => [id, state, total])).toEqual([
      ['2026-07-ours', 'open', '0.02'],
      ['2026-06-ours', 'amended', '0.06'],
    ])
    expect((await get('/api/v1/statements')).status).toBe(400)
  })

  it('that was issued does not move when usage of its month comes late, nor does any file of it', async () => {
    const files = ['', '&format=parquet', '&dataset=entries', '&format=focus', '&format=focus&profile=1.2']
    const paths = files.map((query) => `${JUNE}/export?${query.slice(1)}`)
    const read = async () => {
      const { lines, total, checksum, proof, checklist } = (await get(JUNE)).json
      return [
        { lines, total, checksum, proof, checklist },
        await Promise.all(
          paths.map(async (path) =>
            createHash('sha256')
              .update((await get(path)).bytes)
              .digest('hex'),
          ),
        ),
      ]
    }
    const before = await read()
    await database.use([{ app: 'two', id: 'late', at: '2026-06-20T00:00:00Z', tokens: '1000' }])
    expect(await read()).toEqual(before)
    expect((await get(JULY)).json.lines.filter(({ kind }: { kind: string }) => kind === 'correction')).toHaveLength(2)
  })

  it('is found by its id after its space was given another slug', async () => {
    await database.pool.query(`UPDATE developer_space SET slug = 'renamed' WHERE slug = 'ours'`)
    expect((await get(JUNE)).json.id).toBe('2026-06-ours')
    expect((await get(JULY)).status).toBe(404)
    await database.pool.query(`UPDATE developer_space SET slug = 'ours' WHERE slug = 'renamed'`)
  })
})

describe('the files of a statement', () => {
  it.each([JUNE, JULY])('%s add up to what it says, to the last digit, in every format', async (path) => {
    const { json } = await get(path)
    const lines = tableOf((await get(`${path}/export?format=csv`)).text)
    expect(lines.rows.map(({ line_id, amount }) => [line_id, amount])).toEqual(
      json.lines.map(({ id, amount }: { id: string; amount: string }) => [id, amount]),
    )
    expect(sumOf(lines, 'amount')).toBe(json.total)
    // what is not posted yet of an open month, its rounding, is in no entry
    const { entriesSum } = json.proof
    expect(sumOf(tableOf((await get(`${path}/export?format=csv&dataset=entries`)).text), 'amount')).toBe(entriesSum)
    for (const profile of ['1.4', '1.2']) {
      const focus = tableOf((await get(`${path}/export?format=focus&profile=${profile}`)).text)
      expect([sumOf(focus, 'BilledCost'), focus.columns.includes('ProviderName')]).toEqual([
        entriesSum,
        profile === '1.2',
      ])
    }
    expect(json.proof.isEqual).toBe(true)
  })

  it('as Parquet hold what the CSV holds, as a reader that is not ours sees it', async () => {
    const csv = tableOf((await get(`${JUNE}/export?dataset=entries`)).text)
    const { bytes } = await get(`${JUNE}/export?dataset=entries&format=parquet`)
    const { urls, clickhouse } = database
    await clickhouse.command({
      query: `CREATE TABLE parquet_file (sequence Int64, kind String, amount String, hash String) ENGINE = Memory`,
    })
    const url = new URL(urls.clickhouse.url)
    const headers = { authorization: `Basic ${btoa(`${url.username}:${url.password}`)}` }
    const query = 'INSERT INTO parquet_file FORMAT Parquet'
    const target = new URL(`?database=${url.pathname.slice(1)}&query=${encodeURIComponent(query)}`, url.origin)
    const answer = await fetch(target, { method: 'POST', body: new Uint8Array(bytes), headers })
    expect(await answer.text()).toBe('')
    const found = await clickhouse.query({
      query: 'SELECT * FROM parquet_file ORDER BY sequence',
      format: 'JSONEachRow',
    })
    expect(await found.json()).toEqual(
      csv.rows.map(({ sequence, kind, amount, hash }) => ({ sequence, kind, amount, hash })),
    )
  })

  it('say at which entry they were taken, and how many rows and which bytes went out, as their manifest does', async () => {
    const file = await get(`${JUNE}/export?dataset=entries`)
    expect(file.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="2026-06-ours-entries.csv"',
      'x-meterbook-ledger-sequence': '5',
      'x-meterbook-taken-at': '2026-07-03T01:00:00Z',
    })
    const digest = createHash('sha256').update(file.bytes).digest('hex')
    expect(file.trailers).toMatchObject({ 'x-meterbook-rows': '4', 'x-meterbook-sha256': digest })
    const link = /^<([^>]+)>; rel="describedby"/.exec(String(file.headers.link))?.[1] ?? ''
    expect((await get(link)).json).toMatchObject({
      file: '2026-06-ours-entries.csv',
      rows: 4,
      bytes: file.bytes.length,
      sha256: digest,
      ledgerSequence: '5',
    })
  })

  it.each([JUNE, JULY])('%s as FOCUS 1.4 and 1.2 pass every check of ours', async (path) => {
    const part = async (dataset: string) => {
      const query = `format=focus&dataset=${dataset}`
      const table = tableOf((await get(`${path}/export?${query}`)).text)
      return { table, manifest: (await get(`${path}/export/manifest?${query}`)).json.focus as FocusManifest }
    }
    const parts = [await part('cost-and-usage'), await part('billing-period'), await part('invoice-detail')]
    const [costAndUsage, billingPeriod, invoiceDetail] = parts.map(({ table }) => table) as [
      FocusTable,
      FocusTable,
      FocusTable,
    ]
    const manifests = parts.map(({ manifest }) => manifest)
    const manifest = {
      DataGenerator: manifests[0]!.DataGenerator,
      DatasetInstance: manifests.flatMap((each) => each.DatasetInstance),
      Schema: manifests.flatMap((each) => each.Schema),
      Recency: manifests.flatMap((each) => each.Recency),
      Files: manifests.flatMap((each) => each.Files),
    }
    const profile12 = tableOf((await get(`${path}/export?format=focus&profile=1.2`)).text)
    const facts = { billingZone: 'UTC', hasTags: false, prices: [], names: new Map(), profile12 }
    const faults = checkFocus({ costAndUsage, billingPeriod, invoiceDetail, manifest }, facts)
    expect(faults).toEqual([])
    expect([COST_AND_USAGE.length - 1, BILLING_PERIOD.length, INVOICE_DETAIL.length]).toEqual(
      parts.map(({ table }) => table.columns.length),
    )
  })

  it('are asked for in words that are known', async () => {
    for (const query of [
      'format=xlsx',
      'dataset=all',
      'format=focus&dataset=lines',
      'profile=2',
      'format=focus&dataset=billing-period&profile=1.2',
    ]) {
      expect((await get(`${JUNE}/export?${query}`)).status, query).toBe(400)
    }
  })
})

describe('the heads of the chains', () => {
  it('are there for anybody, and name no space', async () => {
    const { status, json, text } = await get('/api/v1/ledger/heads', {})
    const { ids } = database
    const heads = new Map(json.heads.map((head: { chain: string }) => [head.chain, head]))
    expect([status, heads.size]).toEqual([200, 2])
    const { rows } = await database.pool.query<{ sequence: string; hash: string }>(
      `SELECT sequence, encode(hash, 'hex') AS hash FROM ledger_head WHERE space_id = $1`,
      [ids.ours],
    )
    expect(heads.get(chainName(ids.ours))).toMatchObject({ kind: 'space', ...rows[0] })
    for (const id of Object.values(ids)) expect(text).not.toContain(id)
    expect(text).not.toContain('ours')
    // what anybody computes who knows the id
    expect(chainName(ids.theirs)).toBe(sha256(`15:meterbook/chain,36:${ids.theirs},`))
  })
})
