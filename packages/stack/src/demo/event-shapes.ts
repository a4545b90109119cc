import type { CastApp } from './cast.ts'
import { popularityOf } from './popularity.ts'
import type { Random } from './seeded-random.ts'

/** An event as it is sent: CloudEvents 1.0 in JSON, with our two extension attributes. */
export interface DemoEvent {
  specversion: '1.0'
  id: string
  source: string
  type: string
  time: string
  subject?: string
  environment?: string
  installation?: string
  data: Record<string, unknown>
}

export interface Making {
  app: CastApp
  random: Random
  /** How busy the app is at the event's moment. */
  activity: number
  /** Of the stream's base measure (bytes, ms, MiB x ms): what this one event stands for. 1 in streams that count. */
  amount: number
}

/** One kind of event that apps send. */
export interface Stream {
  type: string
  /**
   * `sum`: usagePerHour is spread over however many events there are, so that a history of few, coarse events joins a present of
   * many small ones without a step. `count`: each event is the usage, so history and present have the same number.
   */
  kind: 'sum' | 'count'
  /** Base measure per hour of the most popular app at activity 1. Only for `sum`. */
  usagePerHour: number
  /** Events of the most popular app at activity 1. */
  historyPerHour: number
  livePerHour: number
  /** How much rarer a less popular app's events are: popularity to this power. */
  rarity: number
  data: (making: Making) => Record<string, unknown>
}

const GIB = 1_073_741_824
const MIB_MS_PER_GB_SECOND = 1_024_000
const HOUR_MS = 3_600_000

/** Less than 1, so that also the least popular app has events enough for a curve. */
const RARITY_OF_SUMS = 0.6

export const STREAMS: readonly Stream[] = [
  sum({
    type: 'function.invoked',
    usagePerHour: 3_400 * MIB_MS_PER_GB_SECOND,
    historyPerHour: 3,
    livePerSecond: 1.5,
    data: invocation,
  }),
  sum({ type: 'kvs.read', usagePerHour: 0.5 * GIB, historyPerHour: 3, livePerSecond: 1, data: read }),
  sum({ type: 'kvs.written', usagePerHour: 0.08 * GIB, historyPerHour: 2, livePerSecond: 0.4, data: bytes }),
  sum({ type: 'logs.written', usagePerHour: 0.05 * GIB, historyPerHour: 2, livePerSecond: 0.6, data: bytes }),
  sum({ type: 'sql.executed', usagePerHour: 0.6 * HOUR_MS, historyPerHour: 2.5, livePerSecond: 0.5, data: statements }),
  sum({ type: 'prompt', usagePerHour: 300_000, historyPerHour: 1.5, livePerSecond: 0.2, data: prompt }),
  count({ type: 'object.requested', perHour: 8, rarity: 1, data: objectRequest }),
  count({ type: 'request', perHour: 12, rarity: 1, data: request }),
  count({ type: 'signin', perHour: 4, rarity: RARITY_OF_SUMS, data: signin }),
  count({ type: 'connections', perHour: 1, rarity: 0, data: connections }),
]

/** Where and by whom an event was caused: environment, installation and subject. */
export function circumstancesOf({ app, random }: { app: CastApp; random: Random }): Partial<DemoEvent> {
  const environment = random.choose(ENVIRONMENTS)
  const installation = random.isTrue(INSTALLED) ? random.choose(weighted(app.installations)).key : undefined
  return {
    subject: `customer-${String(1 + Math.floor(CUSTOMERS * random.unit() ** 2)).padStart(2, '0')}`,
    ...(environment === null ? {} : { environment }),
    ...(environment === null && installation !== undefined ? { installation } : {}),
  }
}

const CUSTOMERS = 40
const INSTALLED = 0.8
/** Null: not named, which is production. */
const ENVIRONMENTS = [
  [85, null],
  [10, 'staging'],
  [5, 'development'],
] as const

function weighted<T>(items: readonly T[]): [number, T][] {
  return items.map((item, index) => [1 / (index + 1), item])
}

const TIMEOUT_MS = 900_000
const MEMORY_MIB = [
  [10, 128],
  [25, 256],
  [40, 512],
  [20, 1024],
  [5, 2048],
] as const
const MEMORY_MAX_MIB = 8192
const OUTCOMES = [
  [965, 'ok'],
  [20, 'error'],
  [6, 'timeout'],
  [5, 'oom'],
  [4, 'crash'],
] as const

function invocation({ random, amount }: Making): Record<string, unknown> {
  let memoryMiB: number = random.choose(MEMORY_MIB)
  while (amount / memoryMiB > TIMEOUT_MS && memoryMiB < MEMORY_MAX_MIB) memoryMiB *= 2
  const outcome = random.choose(OUTCOMES)
  const durationMs = Math.max(1, Math.round(amount / memoryMiB))
  const isDefaultUnsaid = memoryMiB === 512 && random.isTrue(0.5)
  return {
    durationMs,
    ...(isDefaultUnsaid ? {} : { memoryMiB }),
    outcome,
    // A crash is noticed a little after the timeout, and measured up to the timeout.
    ...(outcome === 'crash' || outcome === 'oom' ? { timeoutMs: Math.max(1, Math.round(durationMs * 0.9)) } : {}),
    ...(outcome === 'timeout' ? { timeoutMs: durationMs } : {}),
  }
}

const NOTHING_FOUND = 0.06

function read({ random, amount }: Making): Record<string, unknown> {
  return { bytes: random.isTrue(NOTHING_FOUND) ? 0 : whole(amount) }
}

function bytes({ amount }: Making): Record<string, unknown> {
  return { bytes: whole(amount) }
}

const MS_PER_STATEMENT = 270

function statements({ amount, random }: Making): Record<string, unknown> {
  const durationMs = whole(amount)
  const count = Math.round((durationMs / MS_PER_STATEMENT) * random.around(0.2))
  return count > 1 ? { durationMs, statements: count } : { durationMs }
}

function prompt({ amount, random }: Making): Record<string, unknown> {
  return {
    tokens: whole(amount),
    model: random.choose([
      [6, 'plover-small'],
      [3, 'plover-large'],
      [1, 'heron-code'],
    ]),
    type: random.choose([
      [3, 'input'],
      [2, 'output'],
    ]),
  }
}

function objectRequest({ random }: Making): Record<string, unknown> {
  return {
    operation: random.choose([
      [7, 'get'],
      [2, 'put'],
      [1, 'list'],
    ]),
  }
}

function request({ random }: Making): Record<string, unknown> {
  const [method, route] = random.choose([
    [50, ['GET', '/boards/:id']],
    [22, ['GET', '/search']],
    [14, ['POST', '/items']],
    [10, ['PATCH', '/items/:id']],
    [4, ['DELETE', '/items/:id']],
  ] as const)
  return { method, route }
}

const USERS_OF_THE_MOST_POPULAR = 1_500

function signin({ app, random }: Making): Record<string, unknown> {
  const users = 30 + USERS_OF_THE_MOST_POPULAR * popularityOf(app.rank)
  return { user: `${app.slug}-user-${1 + Math.floor(users * random.unit() ** 1.6)}` }
}

const CONNECTIONS_OF_THE_MOST_POPULAR = 420

function connections({ app, random, activity }: Making): Record<string, unknown> {
  return {
    open: 2 + Math.round(CONNECTIONS_OF_THE_MOST_POPULAR * popularityOf(app.rank) * activity * random.around(0.15)),
    region: random.choose([
      [5, 'eu-west'],
      [3, 'us-east'],
      [1, 'ap-south'],
    ]),
  }
}

function whole(amount: number): number {
  return Math.max(1, Math.round(amount))
}

function sum(
  input: Pick<Stream, 'type' | 'usagePerHour' | 'historyPerHour' | 'data'> & { livePerSecond: number },
): Stream {
  const { livePerSecond, ...rest } = input
  return { ...rest, kind: 'sum', livePerHour: livePerSecond * 3600, rarity: RARITY_OF_SUMS }
}

function count({ perHour, ...rest }: Pick<Stream, 'type' | 'rarity' | 'data'> & { perHour: number }): Stream {
  return { ...rest, kind: 'count', usagePerHour: 0, historyPerHour: perHour, livePerHour: perHour }
}
