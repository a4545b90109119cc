import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'

let database: CallerTestDatabase
let platform: Caller
let second: Caller
beforeAll(async () => {
  database = await createCallerTestDatabase()
  platform = await database.callerOf({ isPlatformAdmin: true })
  second = await database.callerOf({ isPlatformAdmin: true })
})
afterAll(() => database.drop())

const BEGINS = '2026-07-01T00:00:00Z'
const FUTURE = '2999-01-01T00:00:00Z'
const recently = (minutes = 5) => new Date(Date.now() - minutes * 60_000).toISOString()

async function verdictOf(app: string, id: string): Promise<string> {
  const life = await platform.events.find({ app, source: '/test', id })
  return 'verdict' in life ? String(life.verdict.verdict) : 'unknown'
}

describe('meters', () => {
  it('are tried on pasted and on recent events, without a trace, before they count anything', async () => {
    const time = recently()
    await database.taken(
      'one',
      prompt('t1', { tokens: 5, model: 'a' }, { time }),
      prompt('t2', { tokens: 'x' }, { time }),
    )
    const revision = await database.pool.query('SELECT revision FROM catalogue_head')
    const version = {
      effectiveFrom: FUTURE,
      eventType: 'prompt',
      aggregation: 'SUM' as const,
      value: { path: '$.tokens' },
      divisor: '10',
      groupBy: { model: '$.model' },
    }
    const recent = await platform.meters.tryOut({ version })
    expect(recent).toMatchObject({
      sampled: 2,
      counted: 1,
      isWhole: true,
      faults: [{ code: 'value_not_a_number', events: 1 }],
    })
    expect(recent.shown.map(({ id, app }) => [id, app])).toEqual([
      ['t2', 'one'],
      ['t1', 'one'],
    ])
    expect(recent.dimensions).toMatchObject([{ name: 'model', seen: 1, estimated: 1 }])
    expect(
      (await platform.meters.tryOut({ version, pasted: '{"tokens": 12, "model": "b"}' })).shown[0]?.result,
    ).toMatchObject({
      ...{ ok: true, base: '12', quantity: '1.2', dimensions: [['model', 'b']] },
    })
    const strict = { ...version, dataSchema: { type: 'object', required: ['user'] } }
    expect((await platform.meters.tryOut({ version: strict, pasted: '{"tokens": 1}' })).faults[0]?.detail).toBe(
      'expected data that fits the schema at /user: is required and missing',
    )
    await expect(
      platform.meters.tryOut({ version: { ...version, dataSchema: { type: 'objekt' } } }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(platform.meters.tryOut({ version, pasted: '[{"specversion": 1}]' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    expect((await database.pool.query('SELECT revision FROM catalogue_head')).rows).toEqual(revision.rows)
  })

  it('show a new version beside the old on the same events, app by app, and are then versioned for real', async () => {
    const time = recently(3)
    await database.taken(
      'two',
      prompt('s1', { tokens: 5, billed: 4 }, { time }),
      prompt('s2', { tokens: 7, billed: 7 }, { time }),
    )
    const version = {
      effectiveFrom: FUTURE,
      eventType: 'prompt',
      aggregation: 'SUM' as const,
      value: { path: '$.billed' },
    }
    const shadow = await platform.meters.shadow({ meter: 'tokens', version, from: recently(60), to: FUTURE })
    expect(shadow.rows.find(({ app }) => app === 'two')).toMatchObject({ before: '12', after: '11', difference: '-1' })
    expect(shadow.before).toBe(1)
    expect(await platform.meters.addVersion({ meter: 'tokens', version, reason: 'bill what was billed' })).toEqual({
      version: 2,
    })
    const meter = await platform.meters.find({ meter: 'tokens' })
    expect(meter).toMatchObject({
      inForce: 1,
      versions: [
        { version: 1, to: FUTURE },
        { version: 2, from: FUTURE, to: null, formula: 'sum of billed', recordedBy: 'Pat' },
      ],
    })
    await expect(platform.meters.addVersion({ meter: 'tokens', version })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('hold an event whose data break the schema of their version, say where, and count it once it is edited', async () => {
    const { pool, ids } = database
    const version = {
      ...{ effectiveFrom: BEGINS, eventType: 'checked', aggregation: 'SUM' as const, value: { path: '$.n' } },
      dataSchema: { type: 'object', properties: { plan: { enum: ['team'] } } },
    }
    const capability = { key: 'checked', name: 'Checked', unit: 'unit', shape: 'sum' }
    const meter = { slug: 'checked', name: 'Checked', capabilityKey: 'checked', capability, version }
    await expect(platform.meters.create(meter)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await platform.meters.create({ ...meter, isBackDated: true, reason: 'sent since July' })
    await pool.query(
      `INSERT INTO entitlement (id, subscription_id, app_id, capability_key, effective_from)
       SELECT gen_random_uuid(), id, $1, 'checked', $3 FROM subscription WHERE space_id = $2`,
      [ids.two, ids.ours, BEGINS],
    )
    const sent = (id: string, plan: string) => ({ ...prompt(id, { n: 4, plan }), type: 'checked' })
    const [, bad] = await database.taken('two', sent('c1', 'team'), sent('c2', 'solo'))
    expect([await verdictOf('two', 'c1'), await verdictOf('two', 'c2')]).toEqual(['counted', 'quarantined'])
    const held = await platform.quarantine.find(bad!)
    expect(held).toMatchObject({ reason: 'data_invalid', detail: expect.stringContaining('fits the schema at /plan') })
    expect(held?.cure?.text).toMatch(/schema/)
    const on = { places: [{ ...bad!, content: JSON.stringify(sent('c2', 'team')) }] }
    await platform.corrections.perform({ act: 'replay', on, id: crypto.randomUUID(), reason: 'misspelt' })
    await database.project()
    expect(await verdictOf('two', 'c2')).toBe('counted')
  })

  it('tell a space what it is measured and billed by, and nobody else’s usage', async () => {
    const viewer = await database.callerOf({ space: 'ours', role: 'viewer' })
    const definitions = await viewer.meters.definitions({ space: 'ours' })
    expect(definitions.meters.find(({ slug }) => slug === 'tokens')).toMatchObject({
      version: { formula: 'sum of tokens' },
      price: { price: '0.03', per: '1000' },
      entitledApps: 2,
    })
    await expect(viewer.meters.definitions({ space: 'theirs' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(viewer.meters.list()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('rights', () => {
  it('in the past are tried, proposed, approved by a second person, and the usage that lacked them counts once', async () => {
    const { pool, ids } = database
    await pool.query(`UPDATE entitlement SET effective_to = $2 WHERE app_id = $1`, [ids.far, BEGINS])
    const hold = () => database.taken('far', prompt('b1', { tokens: 2_000 }), prompt('b2', { tokens: 3_000 }))
    await hold()
    expect(await verdictOf('far', 'b1')).toBe('quarantined')
    const { gaps } = await platform.entitlements.gaps()
    expect(gaps[0]).toMatchObject({
      kind: 'not_entitled',
      app: 'far',
      from: BEGINS,
      to: null,
      events: 2,
      stake: { amounts: [{ amount: '0.15' }] },
    })

    const asked = { appIds: [ids.far], capabilityKeys: gaps[0]!.capabilityKeys, from: BEGINS }
    await expect(platform.entitlements.grant(asked)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const trial = await platform.entitlements.tryGrant(asked)
    expect(trial).toMatchObject({ isBackDated: true, rights: gaps[0]!.capabilityKeys.length, events: 2 })
    expect(trial.effect?.usage).toMatchObject([{ app: 'far', before: { quantity: '0' }, after: { quantity: '5000' } }])
    const { id } = await platform.entitlements.proposeGrant({ ...asked, reason: 'the contract began in July' })
    await expect(platform.proposals.decide({ id, decision: 'approved' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await verdictOf('far', 'b1')).toBe('quarantined')
    const { outcome } = await second.proposals.decide({ id, decision: 'approved' })
    expect(outcome).toMatchObject({ events: 2 })
    await database.project()
    for (const event of ['b1', 'b2']) expect(await verdictOf('far', event)).toBe('counted')
    await expect(second.proposals.decide({ id, decision: 'approved' })).rejects.toMatchObject({ code: 'CONFLICT' })
    await hold()
    expect(await verdictOf('far', 'b1')).toBe('counted')
    const net = await database.clickhouse.query({
      query: `SELECT toString(sum(quantity * sign)) AS net FROM usage_records WHERE app = {app:String} AND meter = 'tokens'`,
      query_params: { app: ids.far },
      format: 'JSONEachRow',
    })
    expect(Number((await net.json<{ net: string }>())[0]?.net)).toBe(5_000)
    expect((await platform.entitlements.gaps()).gaps.filter(({ app, events }) => app === 'far' && events > 0)).toEqual(
      [],
    )
    expect((await platform.entitlements.tryGrant(asked)).rights).toBe(0)
  })

  it('from now on need nobody else, are given to many apps at once, and end', async () => {
    const { pool, ids } = database
    await pool.query("INSERT INTO capability (key, name, unit, shape) VALUES ('extra', 'Extra', 'unit', 'count')")
    const asked = { appIds: [ids.one, ids.two, ids.stray], capabilityKeys: ['extra'], from: FUTURE }
    const trial = await platform.entitlements.tryGrant(asked)
    expect(trial).toMatchObject({
      isBackDated: false,
      rights: 2,
      events: 0,
      uncovered: [{ app: 'stray', why: 'unowned' }],
    })
    expect(await platform.entitlements.grant(asked)).toEqual({ rights: 2 })
    expect(await platform.entitlements.grant(asked)).toEqual({ rights: 0 })
    const { apps } = await platform.entitlements.list({ appSlug: 'one' })
    const right = apps[0]?.rights.find(({ capabilityKey }) => capabilityKey === 'extra')
    expect(right).toMatchObject({ from: FUTURE, to: null, isInForce: false })
    await platform.entitlements.end({ entitlementId: right!.id, at: '2999-06-01T00:00:00Z' })
    await expect(platform.entitlements.end({ entitlementId: right!.id, at: BEGINS })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
  })
})

describe('price books', () => {
  it('show a version ahead, and what months that are over would have cost under a draft, without writing it', async () => {
    const [book] = await platform.prices.list()
    const version = { effectiveFrom: FUTURE, allowance: '0', price: '1', per: '1000' }
    const before = await platform.prices.find({ book: book!.slug })
    const capabilityKey = before.capabilities.find(({ versions }) => versions.length > 0)!.key
    const whatIf = await platform.prices.whatIf({ book: book!.slug, capabilityKey, version, months: 2 })
    expect(whatIf.total).toEqual({ quantity: '0', actual: '0', draft: '0', difference: '0' })
    expect(await platform.prices.find({ book: book!.slug })).toMatchObject({ capabilities: before.capabilities })
    expect(await platform.prices.addVersion({ book: book!.slug, capabilityKey, version })).toEqual({ version: 2 })
    expect((await platform.prices.list())[0]?.nextChange).toBe(FUTURE)
    await expect(
      platform.prices.addVersion({ book: book!.slug, capabilityKey, version: { ...version, effectiveFrom: BEGINS } }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })
})

describe('changes of the past', () => {
  const reason = 'it was agreed in July'

  it('of a price are refused to one person, show what they cost, and are recorded by the approval of another', async () => {
    const [book] = await platform.prices.list()
    const version = { effectiveFrom: BEGINS, allowance: '0', price: '1', per: '1000' }
    const asked = { act: 'price.version' as const, book: book!.slug, capabilityKey: 'tokens', version }
    const effect = await platform.backdating.tryOut({ asked })
    expect(effect.summary).toContain('Nothing that is posted costs anything else.')
    const versions = async () =>
      (await platform.prices.find({ book: book!.slug })).capabilities.find(({ key }) => key === 'tokens')?.versions
    const before = await versions()
    await expect(platform.backdating.propose({ asked, reason: '' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const { id } = await platform.backdating.propose({ asked, reason })
    await expect(platform.proposals.decide({ id, decision: 'approved' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await versions()).toEqual(before)
    await second.proposals.decide({ id, decision: 'approved' })
    expect((await versions())?.length).toBe(before!.length + 1)
    await expect(platform.backdating.propose({ asked, reason })).rejects.toMatchObject({ code: 'CONFLICT' })
    const ahead = { ...asked, version: { ...version, effectiveFrom: FUTURE } }
    await expect(platform.backdating.tryOut({ asked: ahead })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('of a right that ends attribute its usage anew, event by event, with the approval', async () => {
    await database.taken('two', prompt('e1', { tokens: 700 }))
    expect(await verdictOf('two', 'e1')).toBe('counted')
    const { apps } = await platform.entitlements.list({ appSlug: 'two' })
    const right = apps[0]?.rights.find(({ capabilityKey }) => capabilityKey === 'tokens')
    const ended = { entitlementId: right!.id, at: BEGINS }
    await expect(platform.entitlements.end(ended)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const asked = { act: 'entitlement.end' as const, ...ended }
    const effect = await platform.backdating.tryOut({ asked })
    expect(effect.lines).toContainEqual({ what: 'tokens of two in ours, tokens unit', before: '712', after: '0' })
    const { id } = await platform.backdating.propose({ asked, reason })
    expect(await verdictOf('two', 'e1')).toBe('counted')
    const { outcome } = await second.proposals.decide({ id, decision: 'approved' })
    expect(outcome).toMatchObject({ act: 'entitlement.end' })
    await database.project()
    expect(await verdictOf('two', 'e1')).toBe('quarantined')
    expect((await platform.entitlements.list({ appSlug: 'two' })).apps[0]?.rights).toContainEqual(
      expect.objectContaining({ id: right!.id, to: BEGINS }),
    )
  })

  it('of a price book that ends, and of a meter’s version, take a second person too', async () => {
    const [book] = await platform.prices.list()
    const { subscriptions } = await platform.prices.find({ book: book!.slug })
    const theirs = subscriptions.find(({ space }) => space.slug === 'theirs')
    const end = { subscriptionId: theirs!.id, at: BEGINS }
    await expect(platform.prices.endSubscription(end)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const proposed = await platform.backdating.propose({ asked: { act: 'subscription.end', ...end }, reason })
    const version = { effectiveFrom: BEGINS, eventType: 'request', aggregation: 'COUNT' as const }
    await expect(platform.meters.addVersion({ meter: 'requests', version })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
    const asked = { act: 'meter.version' as const, meter: 'requests', version }
    expect((await platform.backdating.tryOut({ asked })).summary).toContain('requests measures otherwise from')
    const meter = await platform.backdating.propose({ asked, reason })
    await second.proposals.decide({ id: meter.id, decision: 'approved' })
    expect((await platform.meters.find({ meter: 'requests' })).versions).toHaveLength(2)
    await second.proposals.decide({ id: proposed.id, decision: 'approved' })
    const after = await platform.prices.find({ book: book!.slug })
    expect(after.subscriptions.find(({ id }) => id === theirs!.id)?.to).toBe(BEGINS)
  })
})
