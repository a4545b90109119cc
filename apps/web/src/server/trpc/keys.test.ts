import { countHeldEvents } from '@meterbook/db/held-events'
import { JournalWriter, KeyDirectory } from '@meterbook/db/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDoor } from '../ingest/index.ts'
import { IngestQuota } from '../ingest-quota.ts'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase } from './caller-on-test-database.ts'

let database: CallerTestDatabase
let admin: Caller
let developer: Caller
let platform: Caller
beforeAll(async () => {
  database = await createCallerTestDatabase()
  const { callerOf, pool } = database
  admin = await callerOf({ space: 'ours', role: 'admin' })
  developer = await callerOf({ space: 'ours', role: 'developer', apps: ['one'] })
  platform = await callerOf({ isPlatformAdmin: true })
  const journal = new JournalWriter(pool)
  const quota = new IngestQuota(1_000)
  openTestDoor({
    authenticate: async () => null,
    resolveApp: async () => null,
    append: (batches) => journal.append(batches),
    awaitVerdicts: async () => null,
    admit: () => ({ ok: true }),
    consume: (key, events) => quota.consume(key, events),
    countRequest: (key) => quota.countRequest(key),
    reached: () => undefined,
    now: () => BigInt(Date.now()) * 1000n,
    log: { warn: () => undefined, error: () => undefined },
  })
})
afterAll(() => database.drop())

const authenticate = (key: string) => new KeyDirectory(database.pool).authenticate(key)
const audited = async (targetId: string) => {
  const { rows } = await database.pool.query<{ act: string; canonical: string; space_id: string | null }>(
    'SELECT act, canonical, space_id FROM audit_entry WHERE target_id = $1 ORDER BY sequence',
    [targetId],
  )
  return rows
}
const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

describe('keys of an app', () => {
  it('are made by whoever contributes to it, shown once, and audited without their secret', async () => {
    const terms = { name: 'Tills', purpose: 'send' as const, eventTypes: ['prompt'], environments: ['staging'] }
    const { key, view } = await developer.keys.create({ space: 'ours', app: 'one', ...terms, eventsPerSecond: 5 })
    expect(await authenticate(key)).toMatchObject({
      keyId: view.id,
      app: { slug: 'one' },
      scopes: ['events:write'],
      eventTypes: ['prompt'],
      environments: ['staging'],
      eventsPerSecond: 5,
    })
    const listed = await developer.keys.list({ space: 'ours' })
    expect(listed.find(({ id }) => id === view.id)).toMatchObject({ name: 'Tills', createdBy: 'Pat', state: 'active' })
    const secret = key.split('_').slice(2).join('_')
    const entries = await audited(view.id)
    expect(entries.map(({ act, space_id }) => [act, space_id])).toEqual([['key.create', database.ids.ours]])
    expect(JSON.stringify([listed, entries])).not.toContain(secret)
  })

  it('of another app, or another space, are not found: they cannot be seen, made, rotated or ended', async () => {
    const { view } = await admin.keys.create({ space: 'ours', app: 'two', name: 'Two', purpose: 'send' })
    expect((await developer.keys.list({ space: 'ours' })).map(({ app }) => app)).not.toContain('two')
    const place = { space: 'ours', app: 'two' }
    const rotation = { id: view.id, overlapUntil: null, expiresAt: null }
    for (const ask of [
      () => developer.keys.create({ ...place, name: 'x', purpose: 'send' }),
      () => developer.keys.rotate({ ...place, ...rotation }),
      () => developer.keys.revoke({ ...place, id: view.id }),
      () => developer.keys.sendTest({ ...place, type: 'request', data: '' }),
      // The right app with another's key.
      () => developer.keys.rotate({ ...place, app: 'one', ...rotation }),
      () => developer.keys.revoke({ ...place, app: 'one', id: view.id }),
      () => admin.keys.create({ space: 'ours', app: 'far', name: 'x', purpose: 'send' }),
      () => admin.keys.create({ space: 'theirs', app: 'far', name: 'x', purpose: 'send' }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    expect((await admin.keys.list({ space: 'ours' })).find(({ id }) => id === view.id)?.state).toBe('active')
  })

  it('of an app that has moved away are its new owner’s', async () => {
    const { pool, ids } = database
    const { view } = await admin.keys.create({ space: 'ours', app: 'two', name: 'Moving', purpose: 'send' })
    await pool.query('UPDATE app_ownership SET effective_to = now() WHERE app_id = $1 AND effective_to IS NULL', [
      ids.two,
    ])
    expect((await admin.keys.list({ space: 'ours' })).map(({ id }) => id)).not.toContain(view.id)
    await expect(admin.keys.revoke({ space: 'ours', app: 'two', id: view.id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await pool.query('UPDATE app_ownership SET effective_to = NULL WHERE app_id = $1', [ids.two])
  })

  it('are rotated with an overlap that is stated, once, and what has ended is not rotated', async () => {
    const place = { space: 'ours', app: 'one' }
    const first = await admin.keys.create({ ...place, name: 'Rolling', purpose: 'send and read' })
    const overlapUntil = later(24)
    const rotated = await admin.keys.rotate({ ...place, id: first.view.id, overlapUntil, expiresAt: later(48) })
    expect(rotated.old).toMatchObject({ state: 'rotating', expiresAt: overlapUntil })
    expect(rotated.view).toMatchObject({ name: 'Rolling', purpose: 'send and read', state: 'active' })
    expect(await authenticate(first.key)).not.toBeNull()
    expect(await authenticate(rotated.key)).not.toBeNull()
    await expect(
      admin.keys.rotate({ ...place, id: first.view.id, overlapUntil, expiresAt: null }),
    ).rejects.toMatchObject({ code: 'CONFLICT', message: 'expected a key that is active, found one that is rotating' })
    const atOnce = await admin.keys.rotate({ ...place, id: rotated.view.id, overlapUntil: null, expiresAt: null })
    expect(atOnce.old.state).toBe('expired')
    expect(await authenticate(rotated.key)).toBeNull()
    expect((await audited(first.view.id)).map(({ act }) => act)).toEqual(['key.create', 'key.rotate'])
  })

  it('are ended at once, once, with the reason in the audit log', async () => {
    const place = { space: 'ours', app: 'one' }
    const { key, view } = await developer.keys.create({ ...place, name: 'Leaked', purpose: 'send' })
    const ended = await developer.keys.revoke({ ...place, id: view.id, reason: 'in a public repository' })
    expect(ended.state).toBe('revoked')
    expect(await authenticate(key)).toBeNull()
    expect(await developer.keys.revoke({ ...place, id: view.id })).toEqual(ended)
    const entries = await audited(view.id)
    expect(entries.map(({ act }) => act)).toEqual(['key.create', 'key.revoke'])
    expect(entries[1]?.canonical).toContain('in a public repository')
  })

  it('have an end that is to come, or none', async () => {
    const make = (expiresAt: string | null) =>
      developer.keys.create({ space: 'ours', app: 'one', name: 'x', purpose: 'send', expiresAt })
    await expect(make('2020-01-01T00:00:00Z')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(make('tomorrow')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const expiresAt = later(1)
    expect((await make(expiresAt)).view.expiresAt).toBe(expiresAt)
  })
})

it('keys of platform services are for who runs the platform', async () => {
  const { key, view } = await platform.keys.createService({ name: 'Runtime', purpose: 'send' })
  expect(await authenticate(key)).toMatchObject({ kind: 'service', app: null })
  for (const caller of [admin, developer]) {
    await expect(caller.keys.services()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(caller.keys.revokeService({ id: view.id })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(caller.keys.revoke({ space: 'ours', app: 'one', id: view.id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  }
  const rotated = await platform.keys.rotateService({ id: view.id, overlapUntil: null, expiresAt: null })
  await platform.keys.revokeService({ id: rotated.view.id })
  expect([await authenticate(key), await authenticate(rotated.key)]).toEqual([null, null])
  expect((await platform.keys.services()).map(({ state }) => state).sort()).toEqual(['expired', 'revoked'])
})

describe('a test event', () => {
  const place = { space: 'ours', app: 'one' }
  const send = (type: string, data: string) => developer.keys.sendTest({ ...place, type, data })
  const verdictOf = async (sent: Awaited<ReturnType<typeof send>>) => {
    if (!sent.ok) throw new Error(`expected an event that was taken, found ${sent.detail}`)
    const waiting = await developer.events.find({ ...place, source: sent.source, id: sent.id })
    expect(waiting).toMatchObject({ state: 'taken', isTest: true })
    await database.project()
    return developer.events.find({ ...place, source: sent.source, id: sent.id })
  }

  it('is measured as any other, is flagged wherever it is seen, and costs nothing', async () => {
    const life = await verdictOf(await send('prompt', '{"tokens": 12.500000000000000000001}'))
    expect(life).toMatchObject({
      state: 'counted',
      isTest: true,
      environment: 'test',
      received: { key: { name: 'Test events from the portal' } },
      attribution: { isExempt: true },
      usage: [{ meter: 'tokens', isExempt: true, quantity: '12.500000000000000000001' }],
    })
  })

  it('that cannot be counted says why and what would cure it, and stands in nobody’s way', async () => {
    const life = await verdictOf(await send('prompt', '{"tokens": "many"}'))
    expect(life).toMatchObject({ state: 'quarantined', isTest: true, verdict: { cure: expect.any(String) } })
    expect((await developer.quarantine.reasons({ space: 'ours' })).reasons).toEqual([])
    const month = { start: 1_577_836_800_000_000n, end: 4_102_444_800_000_000n }
    expect(await countHeldEvents(database, { spaceId: database.ids.ours, period: month })).toBe(0)
  })

  it('cannot become usage by editing it, nor usage a test', async () => {
    const held = await send('prompt', '{"tokens": null}')
    if (!held.ok) throw new Error('expected an event that was taken')
    const [real] = await database.taken('one', {
      specversion: '1.0',
      id: 'held-1',
      source: '/test',
      type: 'prompt',
      data: {},
    })
    const base = { specversion: '1.0', type: 'prompt', data: { tokens: 1 } }
    const { events } = await developer.events.list({ space: 'ours', filter: { text: held.id } })
    const test = events[0]
    if (test === undefined || real === undefined) throw new Error('expected both events')
    for (const [target, content] of [
      [
        { app: 'one', batch: test.batch, pos: test.pos },
        { ...base, id: held.id, source: held.source },
      ],
      [real, { ...base, id: 'held-1', source: '/test', installation: 'meterbook-test' }],
    ] as const) {
      const tried = await admin.corrections.tryOut({
        space: 'ours',
        act: 'replay',
        on: { places: [{ ...target, content: JSON.stringify(content) }] },
      })
      expect(tried).toMatchObject({ ok: false, contents: [{ errors: [{ field: 'installation', code: 'forbidden' }] }] })
    }
  })

  it('that the door refuses says what was expected and found; data cannot speak for anything but itself', async () => {
    expect(await send('prompt', '{"tokens": 1')).toMatchObject({ ok: false, errors: [{ field: 'data', code: 'json' }] })
    expect(await send('prompt', '1},"installation":"mine","x":{"y":1')).toMatchObject({ ok: false })
    expect(await send('prompt', '[1]')).toMatchObject({ ok: false, detail: expect.stringContaining('data') })
    const choices = await developer.keys.choices({ space: 'ours' })
    expect(choices.apps.map(({ slug }) => slug)).toEqual(['one'])
    expect(choices.types).toMatchObject([
      { type: 'prompt', meters: ['tokens'], data: '{\n  "tokens": 1\n}' },
      { type: 'request', meters: ['requests'], data: '{}' },
    ])
  })
})
