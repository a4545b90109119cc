import { afterEach, expect, test } from 'vitest'
import { type ClientOptions, createMeterbook, type Lost, type Meterbook, type Problem, type Refused } from './index.ts'
import { type AnsweringServer, type Asked, startAnsweringServer } from './testing/answering-server.ts'

interface Events {
  request: { route: string }
  prompt: { tokens: number }
}

const opened: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

type Rig = { server: AnsweringServer; client: Meterbook<Events>; lost: Lost[]; problems: Problem[]; refused: Refused[] }

async function rig(
  answer: Parameters<typeof startAnsweringServer>[0],
  more: Partial<ClientOptions> = {},
): Promise<Rig> {
  const server = await startAnsweringServer(answer)
  const told = { lost: [] as Lost[], problems: [] as Problem[], refused: [] as Refused[] }
  const client = createMeterbook<Events>({
    url: server.url,
    key: 'mbk_test',
    source: '/test',
    batch: { ageMs: 5 },
    retry: { firstMs: 5, mostMs: 20 },
    onLost: (lost) => told.lost.push(...lost),
    onProblem: (problem) => told.problems.push(problem),
    onRefused: (refused) => told.refused.push(...refused),
    ...more,
  })
  opened.push(server, client)
  return { server, client, ...told }
}

const idsOf = (asked: Asked[]) => asked.map(({ events }) => events.map(({ id }) => id))

test('a retry sends the same ids, times and data, however often it takes', async () => {
  const { server, client, problems } = await rig((_, count) => ({ status: count < 4 ? 503 : 204 }))
  const ids = [client.send('request', { route: '/a' }), client.send('prompt', { tokens: 3 }, { subject: 's' })]
  expect(await client.flush()).toEqual({ settled: 2, left: 0 })
  expect(idsOf(server.asked)).toEqual([ids, ids, ids, ids])
  expect(new Set(server.asked.map(({ events }) => JSON.stringify(events))).size).toBe(1)
  expect(problems.map(({ code, status }) => [code, status])).toEqual(Array(3).fill(['retrying', 503]))
})

test('a Retry-After is waited for, whatever the back-off would have been', async () => {
  const { server, client } = await rig((_, count) =>
    count === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 204 },
  )
  client.send('request', { route: '/' })
  await client.flush()
  expect(server.asked[1]!.atMs - server.asked[0]!.atMs).toBeGreaterThanOrEqual(1_000)
})

test('a batch goes when it is full by number or by bytes, and what is left when it is old enough', async () => {
  const { server, client } = await rig(() => ({ status: 204 }), { batch: { events: 3, bytes: 100_000, ageMs: 20 } })
  for (let number = 0; number < 7; number += 1) client.send('prompt', { tokens: number }, { id: String(number) })
  await expect.poll(() => idsOf(server.asked)).toEqual([['0', '1', '2'], ['3', '4', '5'], ['6']])
  for (const id of ['a', 'b', 'c']) client.send('request', { route: 'x'.repeat(45_000) }, { id })
  await expect.poll(() => idsOf(server.asked).slice(3)).toEqual([['a', 'b'], ['c']])
})

test('of a batch that was taken in part, the refused are named with what was wrong, and not sent again', async () => {
  const errors = [{ field: 'type', code: 'required', message: 'expected a type, found none' }]
  const { server, client, lost, refused } = await rig(({ events }) => ({
    status: 200,
    body: {
      receivedAt: '2026-01-01T00:00:00Z',
      taken: 1,
      refused: 1,
      journal: [],
      events: events.map((_, index) =>
        index === 1 ? { index, verdict: 'refused', validationErrors: errors } : { index, verdict: 'taken' },
      ),
    },
  }))
  client.send('request', { route: '/' }, { id: 'good' })
  client.send('request', { route: '/' }, { id: 'bad' })
  expect(await client.flush()).toEqual({ settled: 2, left: 0 })
  expect(refused).toEqual([{ id: 'bad', errors }])
  await expect.poll(() => lost).toEqual([{ id: 'bad', type: 'request', reason: 'refused', detail: errors[0]!.message }])
  expect(server.asked.length).toBe(1)
})

test('a body that is too large is halved until it is taken; an event that is too large by itself is given up, and said', async () => {
  const { server, client, lost } = await rig(({ events }) => ({
    status: events.length > 2 || events.some(({ id }) => id === 'e5') ? 413 : 204,
  }))
  for (let number = 0; number < 8; number += 1) client.send('prompt', { tokens: number }, { id: `e${number}` })
  expect((await client.flush()).left).toBe(0)
  await expect.poll(() => lost.map(({ id, reason }) => [id, reason])).toEqual([['e5', 'refused']])
  client.send('request', { route: 'x'.repeat(70_000) }, { id: 'huge' })
  await expect.poll(() => lost.at(-1)).toMatchObject({ id: 'huge', reason: 'unsendable' })
  expect(lost.at(-1)!.detail).toContain('65536')
  expect(server.asked.flatMap(({ events }) => events).some((event) => event.id === 'huge')).toBe(false)
})

test('a wrong key loses nothing: events wait, are told of, and go with the right key', async () => {
  let key = 'wrong'
  const { client, server, problems, lost } = await rig(
    ({ headers }) => ({ status: headers.authorization === 'Bearer right' ? 204 : 401 }),
    { key: () => key },
  )
  client.send('request', { route: '/' })
  await expect.poll(() => problems.at(0)).toMatchObject({ code: 'rejected', status: 401 })
  key = 'right'
  expect((await client.flush()).left).toBe(0)
  expect([server.asked.at(-1)!.headers.authorization, lost]).toEqual(['Bearer right', []])
})

test('a full buffer gives up the newest, or the oldest where that is asked for, and names every one', async () => {
  for (const [overflow, left] of [
    ['drop-newest', ['0', '1', '2']],
    ['drop-oldest', ['2', '3', '4']],
  ] as const) {
    const { server, client, lost } = await rig(() => ({ status: 204 }), {
      buffer: { events: 3, overflow },
      batch: { ageMs: 10_000 },
    })
    const all = ['0', '1', '2', '3', '4']
    for (const id of all) client.send('prompt', { tokens: 1 }, { id })
    expect(client.waiting).toBe(3)
    await client.flush()
    expect(idsOf(server.asked)).toEqual([left])
    expect(lost.map(({ id, reason }) => [id, reason])).toEqual(
      all.filter((id) => !(left as readonly string[]).includes(id)).map((id) => [id, 'overflow']),
    )
  }
})

test('nothing reaches the app as an exception: no data that cannot be written, no option, no callback that throws', async () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const { client, lost } = await rig(() => ({ status: 204 }), {
    onReceipt: () => {
      throw new Error('in the callback')
    },
  })
  for (const data of [circular, { big: 1n }]) expect(client.send('prompt', data as never)).toBe(null)
  expect(client.send('prompt', { tokens: 1 }, { time: new Date(Number.NaN) })).toBe(null)
  await expect.poll(() => lost.map(({ reason }) => reason)).toEqual(Array(3).fill('unsendable'))

  const problems: Problem[] = []
  const wrong = createMeterbook({
    url: 'nowhere',
    key: undefined as never,
    source: 's',
    onProblem: (problem) => {
      problems.push(problem)
      throw new Error('in the callback')
    },
    onLost: () => Promise.reject(new Error('in the callback')),
  })
  expect(wrong.send('x', {})).toBe(null)
  expect(await wrong.close()).toEqual({ settled: 0, left: 0 })
  expect(problems[0]).toMatchObject({ code: 'misconfigured' })
})

test('after close nothing is kept, and what could not be sent is named as lost', async () => {
  const { client, lost } = await rig(() => ({ status: 503 }))
  client.send('prompt', { tokens: 1 }, { id: 'left' })
  expect(await client.close(30)).toEqual({ settled: 0, left: 1 })
  expect(client.send('prompt', { tokens: 1 }, { id: 'late' })).toBe(null)
  await expect
    .poll(() => lost.map(({ id, reason }) => [id, reason]))
    .toEqual([
      ['left', 'closed'],
      ['late', 'closed'],
    ])
})

test('with gzip the server reads the same events', async () => {
  const { server, client } = await rig(() => ({ status: 204 }), { gzip: true })
  for (let number = 0; number < 50; number += 1) client.send('prompt', { tokens: number })
  await client.flush()
  expect(server.asked[0]!.headers['content-encoding']).toBe('gzip')
  expect(server.asked[0]!.events.map(({ data }) => data)).toEqual(
    Array.from({ length: 50 }, (_, tokens) => ({ tokens })),
  )
})
