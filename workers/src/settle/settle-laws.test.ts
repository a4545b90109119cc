import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, eventOf, type SettleTestDatabase, type TestApp } from './settle-test-database.ts'
import { chainFaults, owedBy, postedOf, strayAdjustments } from './settle-test-laws.ts'

let database: SettleTestDatabase
let spaces: string[]
let apps: TestApp[]
beforeAll(async () => {
  database = await createSettleTestDatabase({
    billingZone: 'America/St_Johns',
    prices: [
      { capability: 'requests', allowance: '5', price: '2', per: '3', packaging: 'package' },
      { capability: 'requests', version: 2, from: '2026-06-02T10:30:00Z', allowance: '2', price: '0.3', per: '7' },
      {
        capability: 'tokens',
        allowance: '100',
        price: '0',
        tiers: {
          mode: 'graduated',
          tiers: [
            { upTo: '500', price: '0.01', flat: '1' },
            { upTo: null, price: '0.003' },
          ],
        },
      },
      { capability: 'stored', from: '2026-05-31T00:00:00Z', allowance: '1.5', price: '0.07' },
    ],
  })
  const other = await database.addSpace({ slug: 'other', billingZone: 'Asia/Kathmandu' })
  spaces = [database.spaceId, other]
  apps = [database.app, await database.addApp({ slug: 'second', shard: database.shard })]
  await database.move(database.app, other, '2026-06-03T12:34:56.789012Z')
  await database.owner.query(
    `INSERT INTO installation (id, app_id, key, name, exempt, effective_from, effective_to) VALUES (gen_random_uuid(), $1, 'free', 'Free', true, '2026-05-31', '2026-06-04')`,
    [database.appId],
  )
})
afterAll(() => database.drop())

const FIRST = Date.parse('2026-05-30T00:00:00Z')
const HOURS = 24 * 7
const times = fc
  .tuple(fc.nat(HOURS), fc.constantFrom(0, 1, 900_000, 1_800_000, 3_599_999))
  .map(([hour, ms]) => new Date(FIRST + hour * 3_600_000 + ms).toISOString())
const events = fc.record({
  time: times,
  what: fc.oneof(
    fc.constant({ type: 'request', data: {} }),
    fc.record({ tokens: fc.integer({ min: 0, max: 400 }) }).map((data) => ({ type: 'prompt', data })),
    fc.record({ thirds: fc.integer({ min: 0, max: 5 }) }).map((data) => ({ type: 'level', data })),
  ),
  subject: fc.constantFrom('db', 'other'),
  environment: fc.constantFrom('production', 'staging'),
  installation: fc.constantFrom('site', 'free'),
})
const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      app: fc.nat(1),
      events: fc.array(events, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      act: fc.constantFrom('cancel' as const, 'amend' as const),
      target: fc.nat(10_000),
      tokens: fc.nat(300),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), day: fc.integer({ min: 3, max: 10 }) }) },
)

describe('the five laws', () => {
  test('hold for whatever was sent, sent again, corrected and moved, whenever it was settled in between', async () => {
    const sent: { app: TestApp; event: ReturnType<typeof eventOf> }[] = []
    let latest = FIRST
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 8 }), async (drawn) => {
        const before = await Promise.all(spaces.map((spaceId) => database.entries(spaceId)))
        for (const step of drawn) {
          if (step.do === 'send') {
            const app = apps[step.app]!
            const made = step.events.map(({ time, what, ...more }) => eventOf(what.type, time, what.data, more))
            await database.send([...made, ...made.slice(0, 2)], app)
            sent.push(...made.map((event) => ({ app, event })))
          }
          if (step.do === 'act' && sent.length > 0) {
            const { app, event } = sent[step.target % sent.length]!
            const data =
              event.type === 'prompt'
                ? { tokens: step.tokens }
                : event.type === 'level'
                  ? { thirds: step.tokens % 4 }
                  : {}
            await database.act(
              step.act,
              [{ id: event.id, ...(step.act === 'amend' && { event: { ...event, data } }) }],
              app,
            )
          }
          if (step.do === 'settle') {
            latest = Math.max(latest, FIRST + step.day * 86_400_000)
            await database.settle(new Date(latest).toISOString())
          }
        }
        await database.settle(new Date(latest).toISOString())
        const [row] = (await database.owner.query<{ until: Date | null }>('SELECT until FROM settlement_progress')).rows
        const until = (row?.until ?? new Date(0)).toISOString()
        // Telescoping and custody: what is posted is the price of what is counted, to the last digit.
        expect(await postedOf(database)).toEqual(await owedBy(database, until))
        // Permanence: what was posted stands, and what changes it points back.
        for (const [index, spaceId] of spaces.entries()) {
          const entries = await database.entries(spaceId)
          expect(entries.slice(0, before[index]!.length)).toEqual(before[index])
          expect(strayAdjustments(entries)).toEqual([])
        }
        // Repeatability, and proof.
        expect(await database.settle(new Date(latest).toISOString())).toBe(0)
        expect(await chainFaults(database)).toEqual([])
      }),
      { numRuns: 4, endOnFailure: true },
    )
    expect((await database.entries()).length).toBeGreaterThan(20)
  }, 300_000)
})
