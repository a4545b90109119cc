import type { KeyHolder } from '@meterbook/core/event'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CurrentPerson } from '../auth/current-person.ts'
import { findSpaceAccess } from '../portal/stores.ts'
import { type DoorRight, doorsOf } from '../route-request.ts'
import {
  createStatementsTestDatabase,
  instant,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { createApiHandler } from './create-api-handler.ts'
import { type ApiRoute, ROUTES } from './route-table.ts'
import { serveOnTestPort } from './serve-handler-on-test-port.ts'

type Right = ApiRoute['right']
/** Who asks, and what each right answers them: in their own space, and in another's. */
type Caller = { headers: Record<string, string>; answers: Record<Right, { own: Outcome; other: Outcome }> }
type Outcome = 'allowed' | 401 | 403 | 404

const both = (outcome: Outcome) => ({ own: outcome, other: outcome })
const answersOf = (usage: Outcome, cost: Outcome, otherCost: Outcome, evidence = cost): Caller['answers'] => ({
  anyone: both('allowed'),
  'read usage': both(usage),
  // a key's scope is its app's, whatever space is named; replaced for people below
  'see usage': both(usage),
  // of whoever is in the space; a key is nobody's session
  'see space': { own: cost, other: otherCost },
  'see cost': { own: cost, other: otherCost },
  'see evidence': { own: evidence, other: otherCost },
})

let database: StatementsTestDatabase
let origin: string
let stop: () => Promise<void>
const callers = new Map<string, Caller>()
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  const { pool, clickhouse, ids } = database
  const people = new Map<string, CurrentPerson>()
  const noLimits = { eventsPerSecond: null, requestsPerSecond: null }
  const base = { keyId: 'key', eventTypes: null, environments: null, ...noLimits }
  const app = { id: ids.one, slug: 'one', shard: 1 }
  const keys = new Map<string, KeyHolder>([
    ['reading', { ...base, kind: 'ingest', scopes: ['usage:read'], app }],
    ['sending', { ...base, kind: 'service', scopes: ['events:write'], app: null }],
  ])
  const handle = createApiHandler({
    authenticate: async (secret) => keys.get(secret) ?? null,
    people: { personOf: async ({ cookie }) => people.get(cookie ?? '') ?? null, spaceAccess: findSpaceAccess },
    meters: { listMeters: async () => [] },
    clickhouse,
    pool,
    log: { error: () => {} },
    now: () => instant('2026-07-20T00:00:00Z'),
  })
  const server = await serveOnTestPort(async (incoming, response) => {
    // the sending of events is another door
    if (!(await handle(incoming, response))) response.writeHead(501).end()
  })
  origin = server.origin
  stop = async () => {
    await server.close()
    await database.drop()
  }

  const key = (secret: string) => ({ authorization: `Bearer ${secret}` })
  const ours = { space: 'ours' } as const
  async function signedIn(name: string, cost: Outcome, otherCost: Outcome, person: CurrentPerson, evidence = cost) {
    people.set(`session=${name}`, person)
    // whoever is let into a space sees its usage, if not its cost
    const usage = { own: cost === 404 ? cost : ('allowed' as const), other: otherCost }
    const answers = { ...answersOf(401, cost, otherCost, evidence), 'see usage': usage, 'see space': usage }
    callers.set(name, { headers: { cookie: `session=${name}` }, answers })
  }
  callers.set('nobody', { headers: {}, answers: answersOf(401, 401, 401) })
  callers.set('an unknown key', { headers: key('unknown'), answers: answersOf(401, 401, 401) })
  callers.set('a key that reads', { headers: key('reading'), answers: answersOf('allowed', 403, 403) })
  callers.set('a key that sends', { headers: key('sending'), answers: answersOf(403, 403, 403) })
  const admin = await database.personOf({ ...ours, role: 'admin' })
  const platform = await database.personOf({ isPlatformAdmin: true })
  await signedIn('stranger', 404, 404, await database.personOf({}))
  await signedIn('viewer', 403, 404, await database.personOf({ ...ours, role: 'viewer' }))
  await signedIn('developer', 403, 404, await database.personOf({ ...ours, role: 'developer' }))
  await signedIn(
    'billing',
    'allowed',
    404,
    await database.personOf({ ...ours, role: 'viewer', isBillingAdmin: true }),
    403,
  )
  await signedIn('admin', 'allowed', 404, admin)
  await signedIn('platform', 'allowed', 'allowed', platform)
  const viewedBy = { id: platform.id, name: platform.name, until: new Date(Date.now() + 60_000) }
  await signedIn('looking-on', 'allowed', 404, { ...admin, viewedBy })
})
afterAll(() => stop())

describe('who may what: every route of the public interface', () => {
  it('answers each caller, for their own space and for another, as the right in the table says', async () => {
    const wrong: string[] = []
    let cases = 0
    for (const [pattern, methods] of ROUTES) {
      for (const [method, route] of Object.entries(methods)) {
        for (const [name, { headers, answers }] of callers) {
          for (const place of ['own', 'other'] as const) {
            cases++
            const path = addressOf(pattern, place)
            const answer = await fetch(origin + path, { method, headers })
            await answer.arrayBuffer()
            const expected = route === 'later' ? 501 : answers[route.right][place]
            const found = outcomeOf(answer.status, expected)
            if (found !== expected) wrong.push(`${method} ${path}, ${name}: expected ${expected}, found ${found}`)
          }
        }
      }
    }
    expect(wrong).toEqual([])
    expect(cases).toBeGreaterThan(500)
  })

  it('judges nothing of a request before the right: what is malformed is refused to nobody as it is to strangers', async () => {
    expect((await fetch(`${origin}/api/v1/statements`)).status).toBe(401)
    expect((await fetch(`${origin}/api/v1/meters/%00/query?from=never`)).status).toBe(401)
    expect((await fetch(`${origin}/api/v1/events?limit=none`)).status).toBe(401)
  })
})

describe('the doors of the web server', () => {
  it('each state their right, and what is open to anyone is named here', () => {
    const doors = doorsOf({ handlers: {} as never, page: () => {} })
    const rights = Object.fromEntries(doors.map(({ name, right }) => [name, right]))
    const open = (right: DoorRight) => right === 'anyone'
    expect(Object.keys(rights).filter((name) => open(rights[name] as DoorRight))).toEqual([
      'healthz',
      'livez',
      'readyz',
      'metrics',
      'texts',
      'files',
    ])
    expect(rights).toMatchObject({ ingest: 'an ingest key', api: 'as its routes state' })
  })
})

/** An address that a pattern fits: a statement and a space where it could name one, and otherwise some text. */
function addressOf(pattern: RegExp, place: 'own' | 'other'): string {
  const slug = place === 'own' ? 'ours' : 'theirs'
  const isEntry = pattern.source.includes('entries\\/([^/]+)')
  const named = isEntry ? `${slug}:1` : pattern.source.includes('statements') ? `2026-06-${slug}` : 'some'
  const path = pattern.source
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\/', '/')
    .replaceAll('\\.', '.')
    .replaceAll('(/.*)?', '')
    .replaceAll(/\(\[\^\/\]\+\)|\[\^\/\]\+/g, named)
    .replaceAll(/\(([^|)]+)[^)]*\)/g, '$1')
  expect(path).toMatch(pattern)
  return `${path}?space=${slug}`
}

/** Any answer that is no refusal of authority is as good as any other, where one is allowed: a meter that is not there, a query without sense. */
function outcomeOf(status: number, expected: Outcome | 501): Outcome | 501 {
  if (status === 401 || status === 403 || status === 501) return status
  return expected === 404 && status === 404 ? 404 : 'allowed'
}
