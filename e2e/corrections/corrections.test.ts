import { randomUUID } from 'node:crypto'
import { until } from '@meterbook/stack/wait'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from '../clients/running-system.ts'
import { meterValue, requestEvent, type SentEvent, sendBatch } from '../events.ts'
import { openPortalSession, type PortalSession } from './portal-session.ts'

const WORKED_ON_MS_MAX = 30_000

let system: RunningSystem
let admin: PortalSession
let catalogue: pg.Client
beforeAll(async () => {
  system = await startRunningSystem()
  admin = await openPortalSession(system.url, system.demo.admin)
  catalogue = new pg.Client({ connectionString: system.stores.postgres.url })
  await catalogue.connect()
})
afterAll(async () => {
  await catalogue?.end()
  await system?.stop()
})

interface Life {
  state: string
  verdict: { reason: string; cure: string | null }
  attribution: { space: { slug: string } | null }
  received: { journal: { number: string; position: number } }
  acts: { act: string; reason: string; actor: string }[]
}
interface Trial {
  ok: true
  targets: number
  effect: {
    events: { effective: number; unchanged: number; ineligible: number }
    usage: { space: string | null; meter: string; before: { quantity: string }; after: { quantity: string } }[]
  }
}
interface Done {
  ok: true
  isRepeated: boolean
  corrections: { id: string }[]
}

const appId = (slug: string) => system.demo.apps.find((app) => app.slug === slug)?.id ?? ''
const value = (slug: string, meter: string) => meterValue({ url: system.url, key: system.keyOf(slug), meter })

async function send(slug: string, events: readonly SentEvent[]): Promise<void> {
  expect(await sendBatch({ url: system.url, key: system.keyOf(slug), events })).toBe(204)
}

async function life(slug: string, id: string): Promise<Life> {
  const answer = await fetch(`${system.url}/api/v1/events/${encodeURIComponent('/e2e')}/${encodeURIComponent(id)}`, {
    headers: { authorization: `Bearer ${system.keyOf(slug)}` },
  })
  if (answer.status !== 200) throw new Error(`expected event ${id}, found ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Life
}

/** From the moment it is acknowledged, an event is known; this waits until it is worked on. */
async function becomes(slug: string, id: string, state: string): Promise<void> {
  const found = await until(async () => (await life(slug, id)).state === state, { withinMs: WORKED_ON_MS_MAX })
  if (!found) throw new Error(`expected ${id} to be ${state}, found ${(await life(slug, id)).state}`)
}

/** Does what is asked, and waits until the workers have taken it up. */
async function perform(asked: object): Promise<Done> {
  const done = await admin.mutate<Done>('corrections.perform', asked)
  for (const { id } of done.corrections) {
    const isDone = async () => (await admin.query<{ state: string }>('corrections.find', { id })).state === 'done'
    expect(await until(isDone, { withinMs: WORKED_ON_MS_MAX })).toBe(true)
  }
  return done
}

async function spaceOf(slug: string): Promise<string> {
  const { rows } = await catalogue.query<{ space_id: string }>(
    'SELECT space_id FROM app_ownership WHERE app_id = $1 ORDER BY effective_from DESC LIMIT 1',
    [appId(slug)],
  )
  return rows[0]?.space_id ?? ''
}

describe('an event that was held', () => {
  test('is counted once when its entitlement is there and it is replayed, however often it is asked for', async () => {
    const app = 'doc-relay'
    await catalogue.query(
      `UPDATE entitlement SET effective_to = '2000-01-02' WHERE app_id = $1 AND capability_key = 'requests' AND effective_to IS NULL`,
      [appId(app)],
    )
    const events = Array.from({ length: 7 }, (_, index) => requestEvent(`held-${index}`))
    await send(app, events)
    await becomes(app, 'held-6', 'quarantined')
    expect((await life(app, 'held-0')).verdict).toMatchObject({ reason: 'not_entitled' })
    expect((await life(app, 'held-0')).verdict.cure).toContain('Entitle the app')
    expect(await value(app, 'requests')).toBeNull()

    const asked = { act: 'replay', on: { filter: { app, reasons: ['not_entitled'] } } }
    const before = await admin.mutate<Trial>('corrections.tryOut', asked)
    expect(before.effect.events).toEqual({ effective: 0, unchanged: 7, ineligible: 0 })
    await catalogue.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT $1, s.id, $2, 'requests', '2000-01-02' FROM subscription s WHERE s.space_id = $3 AND s.effective_to IS NULL`,
      [randomUUID(), appId(app), await spaceOf(app)],
    )
    const after = await admin.mutate<Trial>('corrections.tryOut', asked)
    expect(after.effect.usage).toMatchObject([
      { meter: 'requests', before: { quantity: '0' }, after: { quantity: '7' } },
    ])

    const consent = { id: randomUUID(), reason: 'the contract was late', expected: 7 }
    expect((await perform({ ...asked, ...consent })).isRepeated).toBe(false)
    expect(await value(app, 'requests')).toBe('7')
    expect((await perform({ ...asked, ...consent })).isRepeated).toBe(true)
    const { received } = await life(app, 'held-0')
    const again = {
      act: 'replay',
      on: { places: [{ app, batch: received.journal.number, pos: received.journal.position }] },
    }
    await perform({ ...again, id: randomUUID(), reason: 'once more' })
    await send(app, events)
    await send(app, [requestEvent('last')])
    await becomes(app, 'last', 'counted')
    expect(await value(app, 'requests')).toBe('8')
    expect((await life(app, 'held-0')).acts).toMatchObject([
      { act: 'replay', reason: 'the contract was late', actor: 'Platform Admin' },
    ])
  })
})

describe('an event that was counted', () => {
  test('is cancelled and amended, and every total follows to the digit', async () => {
    const app = 'asset-ledger'
    const prompt = (id: string, tokens: string | number) =>
      requestEvent(id, { type: 'prompt', data: { tokens, model: 'plover', type: 'input' } })
    await send(app, [prompt('p1', '0.1'), prompt('p2', 2), prompt('p3', 40)])
    await becomes(app, 'p3', 'counted')
    expect(await value(app, 'tokens_total')).toBe('42.1')
    const { number } = (await life(app, 'p1')).received.journal
    await perform({
      act: 'cancel',
      on: { places: [{ app, batch: number, pos: 1 }] },
      id: randomUUID(),
      reason: 'a test run',
    })
    expect(await value(app, 'tokens_total')).toBe('40.1')
    const content = JSON.stringify({ ...prompt('p3', '0.000000000000000000000000000003') })
    await perform({
      act: 'amend',
      on: { places: [{ app, batch: number, pos: 2, content }] },
      id: randomUUID(),
      reason: 'a wrong unit',
    })
    expect(await value(app, 'tokens_total')).toBe('0.100000000000000000000000000003')
    expect((await life(app, 'p2')).state).toBe('cancelled')
    await send(app, [prompt('p2', 2), prompt('p4', 1)])
    await becomes(app, 'p4', 'counted')
    expect(await value(app, 'tokens_total')).toBe('1.100000000000000000000000000003')
  })

  test('goes to the space that owned the app after a back-dated transfer, and both show their share', async () => {
    const app = 'triage-desk'
    const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString()
    const moment = at(3)
    await send(app, [
      ...Array.from({ length: 4 }, (_, index) => requestEvent(`before-${index}`, { time: at(4) })),
      ...Array.from({ length: 5 }, (_, index) => requestEvent(`after-${index}`, { time: at(2) })),
    ])
    await becomes(app, 'after-4', 'counted')
    const [from, to] = ['fernline', 'quarry-lane']
    await catalogue.query('BEGIN')
    await catalogue.query(`UPDATE app_ownership SET effective_to = $2 WHERE app_id = $1`, [appId(app), moment])
    await catalogue.query(
      `INSERT INTO app_ownership (id, app_id, space_id, effective_from) SELECT $1, $2, id, $3 FROM developer_space WHERE slug = $4`,
      [randomUUID(), appId(app), moment, to],
    )
    await catalogue.query(`UPDATE entitlement SET effective_to = $2 WHERE app_id = $1 AND effective_to IS NULL`, [
      appId(app),
      moment,
    ])
    await catalogue.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT gen_random_uuid(), s.id, $1, c.key, $2 FROM capability c, subscription s JOIN developer_space d ON d.id = s.space_id
       WHERE d.slug = $3 AND s.effective_to IS NULL`,
      [appId(app), moment, to],
    )
    await catalogue.query('COMMIT')

    const asked = { act: 'reattribute', on: { filter: { app, from: at(24), to: at(0) } } }
    const trial = await admin.mutate<Trial>('corrections.tryOut', asked)
    expect(trial.effect.events).toEqual({ effective: 5, unchanged: 4, ineligible: 0 })
    expect(trial.effect.usage).toMatchObject([
      { space: from, meter: 'requests', before: { quantity: '5' }, after: { quantity: '0' } },
      { space: to, meter: 'requests', before: { quantity: '0' }, after: { quantity: '5' } },
    ])
    expect(await share(from, app)).toBe('9')
    const consent = { id: randomUUID(), reason: 'it moved on Monday' }
    await perform({ ...asked, ...consent })
    await perform({ ...asked, ...consent })
    await perform({ ...asked, id: randomUUID(), reason: 'again' })
    await expect.poll(() => share(from, app), { timeout: WORKED_ON_MS_MAX }).toBe('4')
    await expect.poll(() => share(to, app), { timeout: WORKED_ON_MS_MAX }).toBe('5')
    expect(await value(app, 'requests')).toBe('9')
    expect((await life(app, 'after-0')).attribution.space?.slug).toBe(to)
    expect((await life(app, 'before-0')).attribution.space?.slug).toBe(from)
  })
})

/** What a space's own page shows of an app's requests. */
async function share(space: string, app: string): Promise<string | null> {
  const read = { range: '24h', granularity: 'auto', view: 'chart', compare: 'prev', basis: 'billable' }
  const address = { ...read, by: [], filters: [] }
  const { meters } = await admin.query<{ meters: { meter: { slug: string }; total: string | null }[] }>('appUsage', {
    space,
    app,
    address,
  })
  return meters.find(({ meter }) => meter.slug === 'requests')?.total ?? null
}
