import { type ClickHouseClient, readClickHouseClock } from '@meterbook/db/clickhouse'
import { type Pool, readPostgresClock } from '@meterbook/db/postgres'
import { type RedisState, readRedisState } from '@meterbook/db/redis'
import type { StoreUrls } from '../store-urls.ts'
import { codeOf, type Finding, well, within, wrong } from './finding.ts'

const ANSWER_MS_MAX = 6_000
const LOGIN_REFUSED = /^(28P01|28000|AUTHENTICATION_FAILED|REQUIRED_PASSWORD|WRONG_PASSWORD|WRONGPASS|NOAUTH)$/
const NO_DATABASE = /^(3D000|UNKNOWN_DATABASE)$/

/** A store's clock as it answered, and ours before and after; microseconds since the epoch. */
export interface ClockReading {
  store: string
  at: bigint
  askedAt: bigint
  answeredAt: bigint
}

export interface StoresLook {
  findings: Finding[]
  clocks: ClockReading[]
  isPostgresUp: boolean
  isClickHouseUp: boolean
  /** Null: it does not answer. */
  redis: RedisState | null
}

/** Asks each of the three a question that needs its address, its password and its clock. */
export async function checkStores(input: {
  pool: Pool
  clickhouse: ClickHouseClient
  urls: StoreUrls
}): Promise<StoresLook> {
  const { pool, clickhouse, urls } = input
  const [postgres, analytics, redis] = await Promise.all([
    ask('Postgres', { url: urls.postgres.url, variable: 'DATABASE_URL' }, () => readPostgresClock(pool)),
    ask('ClickHouse', { url: urls.clickhouse.url, variable: 'CLICKHOUSE_URL' }, () => readClickHouseClock(clickhouse)),
    ask('Redis', { url: urls.redis.url, variable: 'REDIS_URL' }, () => readRedisState(urls.redis.url)),
  ])
  const clockOf = (store: string, asked: Asked<unknown>, at: bigint | undefined): ClockReading[] =>
    at === undefined ? [] : [{ store, at, askedAt: asked.askedAt, answeredAt: asked.answeredAt }]
  return {
    findings: [postgres.finding, analytics.finding, redis.finding],
    clocks: [
      ...clockOf('Postgres', postgres, postgres.answer),
      ...clockOf('ClickHouse', analytics, analytics.answer),
      ...clockOf('Redis', redis, redis.answer?.at),
    ],
    isPostgresUp: postgres.answer !== undefined,
    isClickHouseUp: analytics.answer !== undefined,
    redis: redis.answer ?? null,
  }
}

interface Asked<Answer> {
  finding: Finding
  answer?: Answer
  askedAt: bigint
  answeredAt: bigint
}

async function ask<Answer>(
  name: string,
  { url, variable }: { url: string; variable: string },
  question: () => Promise<Answer>,
): Promise<Asked<Answer>> {
  const where = new URL(url).host
  let askedAt = nowMicros()
  try {
    await within(question(), ANSWER_MS_MAX)
    // Asked again for the time: the first answer holds the making of a connection.
    askedAt = nowMicros()
    const answer = await within(question(), ANSWER_MS_MAX)
    return { finding: well(name, `answers at ${where}`), answer, askedAt, answeredAt: nowMicros() }
  } catch (error) {
    return { finding: faultOf({ name, where, variable, code: codeOf(error) }), askedAt, answeredAt: nowMicros() }
  }
}

function faultOf(input: { name: string; where: string; variable: string; code: string }): Finding {
  const { name, where, variable, code } = input
  if (LOGIN_REFUSED.test(code)) {
    return wrong(
      name,
      `refuses the login at ${where} (${code})`,
      `check user and password in ${variable}; with \`npm start\` they are in secrets.json and services.json of the home`,
    )
  }
  if (NO_DATABASE.test(code))
    return wrong(
      name,
      `has no such database at ${where} (${code})`,
      `check the name at the end of ${variable}, then migrate`,
    )
  return wrong(
    name,
    `does not answer at ${where} (${code})`,
    `start it, or correct ${variable}; ${CONSEQUENCE[name] ?? ''}`.trim(),
  )
}

const CONSEQUENCE: Record<string, string> = {
  Postgres: 'until then no event is taken: senders are told 503 and send again',
  ClickHouse: 'until then events are taken and wait in the journal; nothing is lost',
  Redis: 'until then pages are not refreshed by themselves; nothing is lost',
}

function nowMicros(): bigint {
  return BigInt(Date.now()) * 1000n
}
