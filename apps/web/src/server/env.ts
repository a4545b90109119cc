// Server: who asks, on whose behalf, and through which door. Headers, cookies, sessions and bodies end here.
// Promises: nothing is connected and no variable is demanded while a module is loaded; every read is checked on the server.
// Does not know: how quantities are measured, what they cost, how pages look.
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defaultShardCount, SHARD_COUNT_MAX } from '@meterbook/core/catalogue'
import { type CollectorSettings, readCollectorSettings } from '@meterbook/db/collector'
import { z } from 'zod'

const DEFAULT_PORT = 3000

const WebEnv = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(DEFAULT_PORT),
  HOST: z.string().min(1).default('127.0.0.1'),
  METERBOOK_URL: z.url().optional(),
  AUTH_SECRET: z.string().min(32).optional(),
  DATABASE_URL: z.string().min(1),
  CLICKHOUSE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1),
  TRUST_PROXY: z.enum(['0', '1']).default('0'),
  METERBOOK_APPROVAL_ABOVE: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,6})?$/, { error: 'expected an amount such as 100' })
    .default('100'),
  METERBOOK_SHARDS: z.coerce.number().int().min(1).max(SHARD_COUNT_MAX).optional(),
  INGEST_EVENTS_PER_MINUTE: z.coerce.number().int().min(1).default(6_000_000),
  METERBOOK_WEB_PROCESSES: z.coerce.number().int().min(1).max(1_000).default(1),
})

export type WebEnv = {
  port: number
  host: string
  /** The origin people and clients use, without a trailing slash. */
  url: string
  databaseUrl: string
  clickhouseUrl: string
  redisUrl: string
  /** Behind a reverse proxy that sets X-Forwarded-For itself; otherwise that header is the caller's own word and is overwritten. */
  trustsProxy: boolean
  /** A correction that moves more than this, in the currency of its usage, needs a second person. */
  approvalAbove: string
  /** Over how many shards new apps are spread. */
  shardCount: number
  /** What one key may send in a minute, through all web processes. */
  ingestEventsPerMinute: number
  /** How many there are: each gives every key its share of a limit. */
  webProcesses: number
}

/** Where traces are sent; null: nowhere. Apart from the rest, because its headers may hold a secret. */
export function getCollector(): CollectorSettings | null {
  return readCollectorSettings(process.env)
}

const KEY = Symbol.for('meterbook.web.env')

/** Reads the process environment once. Throws an error that names every variable that is missing or malformed, never its value. */
export function getWebEnv(): WebEnv {
  const shared = globalThis as { [KEY]?: WebEnv }
  shared[KEY] ??= readWebEnv(process.env)
  return shared[KEY]
}

/** Pure part of getWebEnv. */
export function readWebEnv(variables: Record<string, string | undefined>): WebEnv {
  const parsed = WebEnv.safeParse(variables)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The environment is not complete (npm start sets all of it): ${faults.join('; ')}`)
  }
  const { data } = parsed
  return {
    port: data.PORT,
    host: data.HOST,
    url: originOf(data.METERBOOK_URL, data.PORT),
    databaseUrl: data.DATABASE_URL,
    clickhouseUrl: data.CLICKHOUSE_URL,
    redisUrl: data.REDIS_URL,
    trustsProxy: data.TRUST_PROXY === '1',
    approvalAbove: data.METERBOOK_APPROVAL_ABOVE,
    shardCount: data.METERBOOK_SHARDS ?? defaultShardCount(availableParallelism()),
    ingestEventsPerMinute: data.INGEST_EVENTS_PER_MINUTE,
    webProcesses: data.METERBOOK_WEB_PROCESSES,
  }
}

/** The origin people and clients use, for texts that lead there: needs no store to be named, and so never throws. */
export function getOrigin(): string {
  return originOf(process.env.METERBOOK_URL, process.env.PORT ?? DEFAULT_PORT)
}

function originOf(url: string | undefined, port: number | string): string {
  return (url || `http://127.0.0.1:${port}`).replace(/\/+$/, '')
}

/** The secret that signs session cookies. Apart from the rest, so that it is never carried along in an object that may be printed. */
export function getAuthSecret(): string {
  const secret = process.env.AUTH_SECRET
  if (!secret || secret.length < 32) throw new Error('AUTH_SECRET is missing or shorter than 32 characters')
  return secret
}

/** Whether pages that only tests look at are there. Never set where people work. */
export function areFixturesShown(): boolean {
  return process.env.METERBOOK_FIXTURES === '1'
}

const Operator = z.object({
  METERBOOK_OPERATOR: z.string().trim().min(1).max(200).default('Meterbook'),
  METERBOOK_PAYMENT_TERMS: z.string().trim().min(1).max(200).default('Due on receipt'),
})

/** Who issues the statements, by legal name, and when they are due, in words: what FOCUS files say of it. */
export function getOperator(): { name: string; paymentTerms: string } {
  const { METERBOOK_OPERATOR, METERBOOK_PAYMENT_TERMS } = Operator.parse(process.env)
  return { name: METERBOOK_OPERATOR, paymentTerms: METERBOOK_PAYMENT_TERMS }
}

export interface MailSettings {
  /** May carry a password: never to be printed. */
  smtpUrl: string | null
  from: string
  /** Where letters are put that no server takes. */
  outbox: string | null
}

/** How letters leave: apart from the rest, as the secret is. */
export function getMailSettings(): MailSettings {
  const { METERBOOK_SMTP_URL, METERBOOK_MAIL_FROM, METERBOOK_HOME } = process.env
  return {
    smtpUrl: METERBOOK_SMTP_URL || null,
    from: METERBOOK_MAIL_FROM || `Meterbook <no-reply@${new URL(getWebEnv().url).hostname}>`,
    outbox: METERBOOK_HOME ? path.join(METERBOOK_HOME, 'outbox') : null,
  }
}
