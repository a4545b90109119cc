import { addDecimals } from '@meterbook/core/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChainSource, verifyInBrowser } from '../../features/ledger/verify-in-browser.ts'
import { chainName } from '../api/ledger-heads-route.ts'
import {
  createStatementsTestDatabase,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { type Caller, prompt } from './caller-on-test-database.ts'
import { createCaller } from './procedures.ts'
import { appRouter } from './router.ts'

const callerFor = createCaller(appRouter)
const JUNE = '2026-06-ours'

let database: StatementsTestDatabase
let admin: Caller
let developer: Caller
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
  admin = callerFor({ person: await database.personOf({ space: 'ours', role: 'admin' }) })
  developer = callerFor({ person: await database.personOf({ space: 'ours', role: 'developer', apps: ['one'] }) })
})
afterAll(() => database.drop())

async function placeOf(id: string, caller = admin) {
  const { events } = await caller.events.list({ space: 'ours', filter: { text: id } })
  const [event] = events
  if (event === undefined) throw new Error(`expected event ${id}`)
  const { app, batch, pos } = event
  return { space: 'ours', app, batch, pos }
}

async function chargeOf(id: string, caller = admin) {
  const charges = await caller.events.charges(await placeOf(id, caller))
  const [charge] = charges?.capabilities ?? []
  if (charge === undefined) throw new Error(`expected a charge of ${id}`)
  return charge
}

describe('the receipt of an event', () => {
  it('goes down to the ledger entry that bills it, with its own share of it to the last digit', async () => {
    const [first, second] = [await chargeOf('u1'), await chargeOf('u2')]
    expect(first).toMatchObject({ quantity: '900', amount: '0', price: { allowance: '1000', price: '0.03' } })
    expect(second).toMatchObject({ quantity: '600', amount: '0.015', currency: 'USD' })
    const [share] = second.entries.flatMap((entry) => (entry.share ? [entry.share] : []))
    expect(share).toMatchObject({ isAsPosted: true, cumulative: { before: '900', after: '1500' } })
    expect(share?.parts.map(({ tier, quantity }) => [tier, quantity])).toEqual([
      ['allowance', '100'],
      ['overage', '500'],
    ])
    expect(first.entries[0]).toMatchObject({ kind: 'usage', statement: { id: JUNE } })
    expect(first.entries[0]?.hash).toBe(second.entries[0]?.hash)
    expect(addDecimals(first.amount ?? '', second.amount ?? '')).toBe(second.entries[0]?.amount)
    const { statement, sequence } = second.entries[0]!
    const line = await admin.statements.entries({ space: 'ours', id: statement.id, line: statement.line })
    expect(line.entries.map((entry) => entry.sequence)).toContain(sequence)
  })

  it('of one that came late is in the adjustment only, on the statement that carries it', async () => {
    const late = await chargeOf('u6')
    expect(late).toMatchObject({ quantity: '250', amount: '0.0075' })
    expect(late.entries.map(({ kind, share, statement }) => [kind, share !== null, statement.id])).toEqual([
      ['usage', false, JUNE],
      ['adjustment', true, '2026-07-ours'],
    ])
    expect((await chargeOf('u1')).entries.map(({ share }) => share !== null)).toEqual([true, false])
  })

  it('of an exempt one costs nothing and takes nothing of the allowance', async () => {
    const exempt = await chargeOf('u3')
    expect(exempt).toMatchObject({ isExempt: true, quantity: '700', amount: '0' })
    expect(exempt.entries[0]?.share?.cumulative).toEqual({ before: '0', after: '700' })
  })

  it('has no money in it for those who may not see the cost, and is none for those out of sight', async () => {
    const charge = await chargeOf('u2', developer)
    expect(charge).toMatchObject({ quantity: '600', amount: null, price: null, isPriced: true })
    expect(charge.entries[0]).toMatchObject({ amount: null, share: { amount: null, parts: [] } })
    expect(JSON.stringify(charge)).not.toContain('0.015')
    const place = await placeOf('u4')
    for (const ask of [developer.events.receipt, developer.events.charges]) {
      await expect(ask(place)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  it('of a repetition says which came first, and tells that one’s life', async () => {
    const [first] = await database.taken('one', prompt('twice', { tokens: 1 }))
    const [again] = await database.taken('one', prompt('twice', { tokens: 1 }))
    const receipt = await admin.events.receipt({ space: 'ours', ...again! })
    expect(receipt.asked).toMatchObject({ verdict: 'duplicate', first: { batch: first!.batch, pos: 0 } })
    expect(receipt.life).toMatchObject({ state: 'counted', repeats: { count: 1 } })
    const { capabilities } = (await admin.events.charges({ space: 'ours', ...first! })) ?? { capabilities: [] }
    expect(capabilities[0]).toMatchObject({ quantity: null, amount: null, entries: [] })
  })

  it('is found by meter and by the key that sent it', async () => {
    const found = async (filter: object) =>
      (await admin.events.list({ space: 'ours', filter, limit: 100 })).events.map(({ id }) => id)
    expect(await found({ meter: 'requests' })).toEqual([])
    expect(await found({ meter: 'tokens' })).toContain('u1')
    expect(await found({ key: 'The test key', text: 'u1' })).toEqual(['u1'])
    expect(await found({ key: database.keyPrefix, text: 'u1' })).toEqual(['u1'])
    expect(await found({ key: 'another' })).toEqual([])
    const { events } = await admin.events.tail({ space: 'ours' })
    const times = events.map(({ time }) => Date.parse(time))
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  })
})

describe('the chain, verified by its reader', () => {
  const sourceOf = (more: Partial<ChainSource> = {}, statement: string | undefined = JUNE): ChainSource => ({
    span: () => admin.ledger.span({ space: 'ours', ...(statement && { statement }) }),
    rows: (after) => admin.ledger.rows({ space: 'ours', after, limit: 2 }),
    published: async () => {
      const { head } = await admin.ledger.span({ space: 'ours' })
      return { heads: [{ ...head, chain: chainName(database.ids.ours) }], cursor: null }
    },
    remembered: () => [],
    ...more,
  })
  const verify = (source: ChainSource) =>
    verifyInBrowser(source, { signal: new AbortController().signal, onProgress: () => undefined })

  it('of a statement ends in the published head and adds up to its total', async () => {
    const { head } = await admin.ledger.span({ space: 'ours' })
    const verdict = await verify(sourceOf())
    const { total } = await admin.statements.get({ space: 'ours', id: JUNE })
    expect(verdict).toMatchObject({ fault: null, last: head, published: head })
    expect(verdict.sum).toMatchObject({ amount: total, isEqual: true })
    expect((await verify(sourceOf({}, ''))).first.sequence).toBe('1')
  })

  it('that was touched on its way is found, whichever byte it was', async () => {
    const { rows } = await admin.ledger.rows({ space: 'ours', after: '0' })
    expect(rows.length).toBeGreaterThan(3)
    for (const [at, { sequence }] of rows.entries()) {
      const touched = sourceOf(
        {
          rows: async (after) => {
            const page = await admin.ledger.rows({ space: 'ours', after, limit: 3 })
            return {
              rows: page.rows.map((row) =>
                row.sequence === sequence ? { ...row, canonical: row.canonical.replace('USD', 'USE') } : row,
              ),
            }
          },
        },
        '',
      )
      expect((await verify(touched)).fault, `row ${at}`).toContain(`entry ${sequence}: altered in canonical`)
    }
  })

  it('that is whole and another than the one published, or kept, is found', async () => {
    const other = { sequence: '2', hash: 'a'.repeat(64) }
    const published = async () => ({ heads: [{ ...other, chain: chainName(database.ids.ours) }], cursor: null })
    expect((await verify(sourceOf({ published }, ''))).fault).toContain('entry 2: head that was held does not fit')
    expect((await verify(sourceOf({ remembered: () => [other] }, ''))).fault).toContain('entry 2')
  })

  it('of another space is not found', async () => {
    await expect(admin.ledger.rows({ space: 'theirs', after: '0' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(admin.ledger.span({ space: 'ours', statement: '2026-06-theirs' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(developer.ledger.rows({ space: 'ours', after: '0' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
