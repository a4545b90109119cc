import { type Event, HTTPError, OpenMeter } from '@openmeter/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningSystem, startRunningSystem } from './running-system.ts'

/** The real npm package, as its users use it: only the origin and a key are ours. */
let system: RunningSystem
const clientOf = (app: string) => new OpenMeter({ baseUrl: system.url, apiKey: system.keyOf(app) })

/** Requests under way at a time: about what a busy server of a customer has. */
const LANES = 32
const COUNTED_WITHIN_MS = 30_000

beforeAll(async () => {
  system = await startRunningSystem()
})
afterAll(() => system?.stop())

test('an event that @openmeter/sdk ingests is in its meters.query within 2 seconds', async () => {
  const client = clientOf('sprint-radar')
  const sentAt = performance.now()
  expect(
    await client.events.ingest({ type: 'request', subject: 'customer-1', data: { method: 'GET', route: '/hello' } }),
  ).toBeUndefined()
  await expect.poll(() => total(client, 'requests'), { timeout: 10_000, interval: 25 }).toBe(1)
  expect(performance.now() - sentAt).toBeLessThan(2_000)
})

test('1,000 single ingests side by side sum to 1,000', async () => {
  const client = clientOf('doc-relay')
  const days = 86_400_000
  await inLanes(1_000, (number) =>
    client.events.ingest({
      type: 'prompt',
      subject: `customer-${number % 7}`,
      // Text and number alike, at times before and after now: what their own suite does.
      time: new Date(Date.now() + ((number % 61) - 30) * days),
      data: { tokens: number % 2 === 0 ? '1' : 1, model: 'plover-small', type: 'input' },
    }),
  )
  await expect.poll(() => total(client, 'tokens_total'), { timeout: COUNTED_WITHIN_MS, interval: 100 }).toBe(1_000)
  const bySubject = await client.meters.query('tokens_total', { groupBy: ['subject'] })
  expect(bySubject?.data.length).toBe(7)
  expect(bySubject?.data.reduce((sum, row) => sum + row.value, 0)).toBe(1_000)
})

test('one id sent 1,000 times, each time with another time, counts once', async () => {
  const client = clientOf('triage-desk')
  const event = (number: number): Event => ({
    id: 'the-same-id',
    source: 'a-retrying-client',
    specversion: '1.0',
    type: 'request',
    subject: 'customer-1',
    time: new Date(Date.UTC(2026, 9, 1) + number * 3_600_000),
    data: { method: 'POST', route: '/orders' },
  })
  await inLanes(1_000, (number) => client.events.ingest(event(number)))
  // The last one in is another event: once it is counted, so is everything before it.
  await client.events.ingest({ ...event(0), id: 'another-id' })
  await expect.poll(() => total(client, 'requests'), { timeout: COUNTED_WITHIN_MS, interval: 100 }).toBe(2)
  const rows = (await client.meters.query('requests', { windowSize: 'HOUR' }))?.data ?? []
  expect(rows.reduce((sum, row) => sum + row.value, 0)).toBe(2)
})

test('windows, groups and filters of meters.query are those of the client’s own documentation', async () => {
  const client = clientOf('billing-sync')
  const at = (text: string) => new Date(`2026-11-03T${text}Z`)
  const send = (time: string, model: string, tokens: number) =>
    client.events.ingest({
      type: 'prompt',
      subject: `user of ${model}`,
      time: at(time),
      data: { tokens, model, type: 'input' },
    })
  await Promise.all([
    send('10:15:00', 'plover', 10),
    send('10:45:00', 'plover', 30),
    send('10:59:59.999', 'heron', 5),
    send('12:00:00', 'heron', 7),
  ])
  await expect.poll(() => total(client, 'tokens_total'), { timeout: COUNTED_WITHIN_MS, interval: 50 }).toBe(52)
  const span = { from: at('00:00:00'), to: at('23:00:00') }

  const hours = await client.meters.query('tokens_total', { ...span, windowSize: 'HOUR' })
  expect(hours).toMatchObject({ ...span, windowSize: 'HOUR' })
  expect(hours?.data.map(({ value, windowStart, windowEnd }) => ({ value, windowStart, windowEnd }))).toEqual([
    { value: 45, windowStart: at('10:00:00'), windowEnd: at('11:00:00') },
    { value: 7, windowStart: at('12:00:00'), windowEnd: at('13:00:00') },
  ])

  const models = await client.meters.query('tokens_total', { ...span, groupBy: ['model'] })
  expect(models?.data.map(({ value, groupBy }) => [groupBy, value])).toEqual([
    [{ model: 'heron' }, 12],
    [{ model: 'plover' }, 40],
  ])

  const filtered = await client.meters.query('tokens_total', {
    ...span,
    filterGroupBy: { model: 'heron' },
    windowSize: 'DAY',
  })
  expect(filtered?.data.map(({ value }) => value)).toEqual([12])

  const subject = await client.meters.query('tokens_total', { ...span, subject: ['user of plover'] })
  expect(subject?.data.map((row) => [row.subject, row.value])).toEqual([['user of plover', 40]])
})

test('the client lists the meters and reads one by its slug', async () => {
  const client = clientOf('sprint-radar')
  const slugs = (await client.meters.list())?.map((meter) => meter.slug)
  expect(slugs).toEqual(expect.arrayContaining(['requests', 'tokens_total', 'users_total', 'peak_connections']))
  expect(await client.meters.get('tokens_total')).toMatchObject({
    slug: 'tokens_total',
    aggregation: 'SUM',
    eventType: 'prompt',
    valueProperty: '$.tokens',
    groupBy: { model: '$.model', type: '$.type' },
  })
})

test('an app’s key reads that app’s usage and no other’s', async () => {
  await clientOf('asset-ledger').events.ingest({ type: 'signin', subject: 'customer-1', data: { user: 'u-1' } })
  await expect
    .poll(() => total(clientOf('asset-ledger'), 'users_total'), { timeout: COUNTED_WITHIN_MS, interval: 50 })
    .toBe(1)
  expect(await total(clientOf('chart-embed'), 'users_total')).toBe(0)
})

test('a refusal reaches the client’s user in words: a wrong key, an unknown meter, a span that ends before it begins', async () => {
  const stranger = new OpenMeter({ baseUrl: system.url, apiKey: `mbk_abcdefghijkl_${'A'.repeat(43)}` })
  const client = clientOf('chart-embed')
  const [from, to] = [new Date('2026-11-02T00:00:00Z'), new Date('2026-11-01T00:00:00Z')]
  for (const [status, call] of [
    [401, () => stranger.events.ingest({ type: 'request', subject: 's' })],
    [401, () => stranger.meters.query('requests')],
    [404, () => client.meters.query('no_such_meter')],
    [400, () => client.meters.query('requests', { from, to })],
  ] as const) {
    const error = await Promise.resolve()
      .then(call)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HTTPError)
    expect(error).toMatchObject({ status })
    // Their message ends in the detail only if the content type is exactly application/problem+json.
    expect((error as HTTPError).message).toMatch(/\]: \S/)
    expect((error as HTTPError).message).not.toMatch(/undefined/)
  }
})

/** The meter's total over all time, as the client sees it; 0 when it has no row yet. */
async function total(client: OpenMeter, meter: string): Promise<number> {
  const answer = await client.meters.query(meter)
  return answer?.data[0]?.value ?? 0
}

/** Calls `work` for 0 … count - 1, LANES at a time. */
async function inLanes(count: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
