import { randomUUID } from 'node:crypto'
import { CatalogueDocument, MeterDraft, MeterVersionDraft } from '@meterbook/core/catalogue'
import { parseInstant } from '@meterbook/core/kernel'
import { PriceVersionDraft } from '@meterbook/core/rating'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCatalogueRevision, snapshotCatalogue } from '../catalogue-store.ts'
import type { PoolClient } from '../pool.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase, seedCatalogue } from '../postgres-test-database.ts'
import { listBillingTerms, readBillingTerms } from '../statement-store.ts'
import { actTogether } from './catalogue-act.ts'
import { endEntitlement, grantEntitlements } from './entitlement-acts.ts'
import { addMeterVersion, createCapability, createMeter, renameMeter } from './meter-acts.ts'
import { addPriceVersion, createPriceBook } from './price-acts.ts'
import { endSubscription, setSubscription } from './subscription-acts.ts'
import { agreeTerm, endTerm } from './term-acts.ts'

const BY = { actorId: 'pat', requestId: 'request-1', reason: 'because' }
const at = (text: string) => {
  const instant = parseInstant(text)
  if (!instant.ok) throw new Error(text)
  return instant.value
}
const FUTURE = '2999-01-01T00:00:00Z'
const PAST = '2024-01-01T00:00:00Z'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const act = <T>(work: (tx: PoolClient) => Promise<T>) => actTogether(database.pool, work)
const name = () => `x${randomUUID().slice(0, 8)}`
const prompts = (over: object = {}) =>
  MeterVersionDraft.parse({
    effectiveFrom: FUTURE,
    eventType: 'prompt',
    aggregation: 'SUM',
    value: { path: '$.n' },
    ...over,
  })
const price = (over: object = {}) =>
  PriceVersionDraft.parse({ effectiveFrom: FUTURE, allowance: '5', price: '0.5', per: '1', ...over })

async function audited(
  targetId: string,
): Promise<{ act: string; actor: string; reason: string; request: string; canonical: string }[]> {
  const { rows } = await database.pool.query(
    `SELECT act, actor_id AS actor, reason, request_id AS request, canonical FROM audit_entry WHERE target_id = $1 ORDER BY sequence`,
    [targetId],
  )
  return rows
}

describe('meters', () => {
  it('are added with their capability, come into the catalogue at once, and each act stands in the audit log', async () => {
    const key = name()
    const revision = await readCatalogueRevision(database.pool)
    const { id } = await act(async (tx) => {
      await createCapability(tx, { by: BY, draft: { key, name: 'Prompts', unit: 'prompt', shape: 'sum' } })
      const version = { effectiveFrom: PAST, eventType: 'prompt', aggregation: 'COUNT', dataSchema: { type: 'object' } }
      return createMeter(tx, {
        by: BY,
        draft: MeterDraft.parse({ slug: key, name: 'P', capabilityKey: key, version }),
        isBackDated: true,
      })
    })
    await act((tx) => addMeterVersion(tx, { by: BY, meterId: id, version: prompts(), isBackDated: false }))
    const document = CatalogueDocument.parse(await snapshotCatalogue(database.pool))
    expect(BigInt(document.revision)).toBeGreaterThan(revision)
    expect(document.meters.find(({ slug }) => slug === key)?.versions).toMatchObject([
      { version: 1, aggregation: 'COUNT', dataSchema: { type: 'object' } },
      { version: 2, aggregation: 'SUM', value: { path: '$.n' }, from: at(FUTURE) },
    ])
    await act((tx) => renameMeter(tx, { by: BY, meterId: id, name: 'Prompts', description: null }))
    expect(await audited(id)).toMatchObject([
      { act: 'meter.create', actor: 'pat', reason: 'because', request: 'request-1' },
      { act: 'meter.version' },
      { act: 'meter.rename' },
    ])
  })

  it('take no version that begins before one they have, none in the past that is not called so, and none with a schema that is none', async () => {
    const { meterId } = await seedCatalogue(database.pool)
    const add = (over: object, isBackDated = false) =>
      act((tx) => addMeterVersion(tx, { by: BY, meterId, version: prompts(over), isBackDated }))
    await expect(add({ effectiveFrom: '2019-01-01T00:00:00Z' }, true)).rejects.toMatchObject({ code: 'conflict' })
    await expect(add({ effectiveFrom: PAST })).rejects.toMatchObject({ code: 'invalid' })
    await expect(add({ dataSchema: { type: 'objekt' } })).rejects.toMatchObject({ code: 'invalid' })
    await expect(
      act((tx) => addMeterVersion(tx, { by: BY, meterId: randomUUID(), version: prompts(), isBackDated: false })),
    ).rejects.toMatchObject({ code: 'not_found' })
    expect(await audited(meterId)).toEqual([])
    expect(await add({ effectiveFrom: PAST }, true)).toEqual({ version: 2 })
  })

  it('drafts that could not be counted are refused by field', () => {
    const fields = (over: object) => {
      const result = MeterVersionDraft.safeParse({
        effectiveFrom: FUTURE,
        eventType: 'e',
        aggregation: 'SUM',
        value: { path: '$.n' },
        ...over,
      })
      return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'))
    }
    expect(fields({})).toEqual([])
    expect(fields({ aggregation: 'COUNT' })).toEqual(['value'])
    expect(fields({ value: null })).toEqual(['value'])
    expect(fields({ aggregation: 'UNIQUE_COUNT', value: { constant: '1' } })).toEqual(['value'])
    expect(fields({ aggregation: 'PERCENTILE' })).toEqual(['percentile'])
    expect(fields({ percentile: '0.5' })).toEqual(['percentile'])
    expect(fields({ aggregation: 'TIME_WEIGHTED' })).toEqual(['subjectRequired'])
    for (const divisor of ['0', '0.0', '-1', '1e3', '1.']) expect(fields({ divisor })).toEqual(['divisor'])
    expect(fields({ groupBy: { 'a b': '$.a' } })).toEqual(['groupBy.a b'])
    expect(fields({ effectiveFrom: 'soon' })).toEqual(['effectiveFrom'])
  })
})

describe('prices and subscriptions', () => {
  it('a price has versions, never two that begin together', async () => {
    const { capability } = await seedCatalogue(database.pool)
    const { id } = await act((tx) =>
      createPriceBook(tx, { by: BY, draft: { slug: name(), name: 'Book', currency: 'USD' } }),
    )
    const add = (over: object = {}, isBackDated = false) =>
      act((tx) =>
        addPriceVersion(tx, { by: BY, priceBookId: id, capabilityKey: capability, version: price(over), isBackDated }),
      )
    expect(await add({ effectiveFrom: PAST }, true)).toEqual({ version: 1 })
    const tiers = {
      mode: 'graduated',
      tiers: [
        { upTo: '10', price: '1' },
        { upTo: null, price: '0.5' },
      ],
    }
    expect(await add({ tiers })).toEqual({ version: 2 })
    await expect(add()).rejects.toMatchObject({ code: 'conflict' })
    await expect(add({ effectiveFrom: PAST })).rejects.toMatchObject({ code: 'invalid' })
    expect((await audited(id)).map((entry) => entry.act)).toEqual([
      'price_book.create',
      'price.version',
      'price.version',
    ])
  })

  it('a new subscription ends the one before it and takes its rights along, so that no app loses them', async () => {
    const { spaceId, appId, subscriptionId } = await seedCatalogue(database.pool)
    const { id: bookId } = await act((tx) =>
      createPriceBook(tx, { by: BY, draft: { slug: name(), name: 'Book', currency: 'USD' } }),
    )
    const set = (from: string, over: object = {}) =>
      act((tx) =>
        setSubscription(tx, {
          by: BY,
          spaceId,
          priceBookId: bookId,
          from: at(from),
          to: null,
          isBackDated: false,
          ...over,
        }),
      )
    const { id, carried } = await set(FUTURE)
    expect(carried).toBe(1)
    const rights = await database.pool.query(
      'SELECT subscription_id, effective_from, effective_to FROM entitlement WHERE app_id = $1 ORDER BY effective_from',
      [appId],
    )
    expect(rights.rows).toMatchObject([
      { subscription_id: subscriptionId, effective_to: new Date(FUTURE) },
      { subscription_id: id, effective_from: new Date(FUTURE), effective_to: null },
    ])
    await expect(set('2998-01-01T00:00:00Z')).rejects.toMatchObject({ code: 'conflict' })
    await expect(set(FUTURE)).rejects.toMatchObject({ code: 'conflict' })
    const { id: euros } = await act((tx) =>
      createPriceBook(tx, { by: BY, draft: { slug: name(), name: 'Book', currency: 'EUR' } }),
    )
    await expect(set('2999-06-01T00:00:00Z', { priceBookId: euros })).rejects.toMatchObject({ code: 'conflict' })
    await act((tx) =>
      endSubscription(tx, { by: BY, subscriptionId: id, at: at('2999-06-01T00:00:00Z'), isBackDated: false }),
    )
    await expect(
      act((tx) =>
        endSubscription(tx, { by: BY, subscriptionId: id, at: at('2999-07-01T00:00:00Z'), isBackDated: false }),
      ),
    ).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('discounts, minimums and credits', () => {
  it('that were withdrawn before they began are in no month’s statement', async () => {
    const { spaceId } = await seedCatalogue(database.pool)
    const from = at('2999-03-15T00:00:00Z')
    const term = { kind: 'credit' as const, capability: null, percent: null, amount: '5', text: 'A mistake' }
    const terms = () =>
      readBillingTerms(database.pool, {
        spaceId,
        period: { start: at('2999-03-01T00:00:00Z'), end: at('2999-04-01T00:00:00Z') },
      })
    const { id } = await act((tx) => agreeTerm(tx, { by: BY, spaceId, term, from, to: null, isBackDated: false }))
    expect((await terms()).map((each) => each.id)).toEqual([id])
    await act((tx) => endTerm(tx, { by: BY, spaceId, id, to: from, isBackDated: false }))
    expect(await terms()).toEqual([])
  })

  const discount = { kind: 'discount' as const, capability: null, percent: '10', amount: null, text: 'Ten off' }

  it('begin in a month that is not over, once by the same words, and only their end ever changes', async () => {
    const { spaceId, capability } = await seedCatalogue(database.pool)
    const agree = (from: string, over: object = {}, isBackDated = false) =>
      act((tx) =>
        agreeTerm(tx, { by: BY, spaceId, term: { ...discount, ...over }, from: at(from), to: null, isBackDated }),
      )
    const { id } = await agree(FUTURE)
    await expect(agree(FUTURE)).rejects.toMatchObject({ code: 'conflict' })
    await expect(agree(PAST)).rejects.toMatchObject({ code: 'conflict' })
    await expect(agree(FUTURE, { capability: 'no.such' })).rejects.toMatchObject({ code: 'not_found' })
    await agree(FUTURE, { capability, percent: null, amount: '2.5' })
    const { id: old } = await agree(PAST, { kind: 'credit', text: 'As written in a file' }, true)
    const end = (termId: string, to: string, isBackDated = false) =>
      act((tx) => endTerm(tx, { by: BY, spaceId, id: termId, to: at(to), isBackDated }))
    await expect(end(old, '2024-06-01T00:00:00Z')).rejects.toMatchObject({ code: 'conflict' })
    await end(old, '2024-06-01T00:00:00Z', true)
    await expect(end(old, FUTURE)).rejects.toMatchObject({ code: 'conflict' })
    const { spaceId: another } = await seedCatalogue(database.pool)
    const foreign = act((tx) =>
      endTerm(tx, { by: BY, spaceId: another, id, to: at('2999-03-01T00:00:00Z'), isBackDated: false }),
    )
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' })
    await end(id, FUTURE)
    expect((await listBillingTerms(database.pool, spaceId)).map(({ kind, amount, to }) => [kind, amount, to])).toEqual([
      ['discount', '2.5', null],
      ['credit', null, at('2024-06-01T00:00:00Z')],
    ])
    expect((await audited(id)).map((entry) => [entry.act, entry.reason])).toEqual([
      ['term.agree', 'because'],
      ['term.end', 'because'],
    ])
    for (const statement of [
      'UPDATE billing_term SET percent = 99',
      'DELETE FROM billing_term',
      'TRUNCATE billing_term',
    ])
      await expect(database.owner.query(statement), statement).rejects.toThrow(/agreed stays|append-only/)
  })
})

describe('entitlements', () => {
  it('are given to many apps at once, in the past only when called so, once however often they are asked for, and ended', async () => {
    const [one, two] = [await seedCatalogue(database.pool), await seedCatalogue(database.pool)]
    const asked = { appIds: [one.appId, two.appId], capabilityKeys: [one.capability, two.capability], to: null }
    const grant = (from: string, isBackDated: boolean) =>
      act((tx) => grantEntitlements(tx, { by: BY, ...asked, from: at(from), isBackDated }))
    await expect(grant(PAST, false)).rejects.toMatchObject({ code: 'invalid' })
    const { rights, uncovered } = await grant(PAST, true)
    expect(
      rights.map(({ appId, capabilityKey, subscriptionId }) => [appId, capabilityKey, subscriptionId]).sort(),
    ).toEqual(
      [
        [one.appId, two.capability, one.subscriptionId],
        [two.appId, one.capability, two.subscriptionId],
      ].sort(),
    )
    expect(uncovered).toEqual([])
    expect((await grant(PAST, true)).rights).toEqual([])
    expect((await audited(one.appId)).map((entry) => entry.act)).toEqual(['entitlement.grant'])
    const end = (text: string) =>
      act((tx) => endEntitlement(tx, { by: BY, entitlementId: one.entitlementId, at: at(text), isBackDated: true }))
    await end(FUTURE)
    await end(PAST)
    await expect(end(FUTURE)).rejects.toMatchObject({ code: 'conflict' })
    const again = await grant(PAST, true)
    expect(again.rights).toMatchObject([{ appId: one.appId, capabilityKey: one.capability, from: at(PAST) }])
  })
})
