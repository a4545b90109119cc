import { TryCounter } from '@meterbook/db/redis/tries'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { getDrain } from '../drain.ts'
import { getWebEnv } from '../env.ts'

/** `here`: tries on one thing from one address in a window; `anywhere`: from all. The second is wide, or anyone could lock anyone out. */
interface Limit {
  here: number
  anywhere: number
  windowSeconds: number
}

/**
 * What may be tried how often, by path of better-auth, and accepting an invitation. A second factor is bounded by account as well, by better-auth: five codes
 * a challenge, and a lock after more.
 */
const LIMITS = {
  '/sign-in/email': { here: 10, anywhere: 100, windowSeconds: 60 },
  '/request-password-reset': { here: 5, anywhere: 10, windowSeconds: 900 },
  '/reset-password': { here: 20, anywhere: 1_000, windowSeconds: 60 },
  '/two-factor/verify-totp': { here: 60, anywhere: 1_000, windowSeconds: 60 },
  '/two-factor/verify-backup-code': { here: 60, anywhere: 1_000, windowSeconds: 60 },
  'accept an invitation': { here: 20, anywhere: 1_000, windowSeconds: 60 },
} as const satisfies Record<string, Limit>

type Tried = keyof typeof LIMITS

/**
 * Holds back guessing: of a password, of a second factor, of a token, and letters sent to somebody without end. It sits in better-auth's hooks, so that
 * the form and the HTTP route are held by the same count. Counted in Redis, for all web processes together. While Redis is away each counts for itself: nobody
 * is locked out by that, and nobody guesses more than so many times as fast as there are processes.
 */
export function signInThrottle() {
  return {
    before: createAuthMiddleware(async (context) => {
      const tried = triedBy(context)
      if (!tried || (await mayTry(tried))) return
      const body = { message: 'Too many tries. Wait a minute.', code: 'TOO_MANY_TRIES' }
      throw new APIError('TOO_MANY_REQUESTS', body, { 'Retry-After': String(LIMITS[tried.what].windowSeconds) })
    }),
    after: createAuthMiddleware(async (context) => {
      const tried = triedBy(context)
      if (tried?.what === '/sign-in/email' && context.context.newSession) await giveBack(tried)
    }),
  }
}

interface Try {
  what: Tried
  /** The account, where the request names one; else everybody of an address is counted together. */
  of: string
  address: string | null
}

/** Counts a try; false where there were too many. */
export async function mayTry(tried: Try): Promise<boolean> {
  const { here, anywhere, windowSeconds } = LIMITS[tried.what]
  const [atPlace, inAll] = namesOf(tried)
  const [ofPlace, ofAll] = await Promise.all([count(atPlace, windowSeconds), count(inAll, windowSeconds)])
  return ofPlace <= here && ofAll <= anywhere
}

async function giveBack(tried: Try): Promise<void> {
  const names = namesOf(tried)
  const { inMemory, counter } = throttle()
  const memory = inMemory(LIMITS[tried.what].windowSeconds)
  await Promise.all([counter.forget(names).catch(() => undefined), ...names.map((name) => memory.delete(name))])
}

function namesOf(tried: Try): [atPlace: string, inAll: string] {
  return [`${tried.what} here ${placeOf(tried)}`, `${tried.what} anywhere ${tried.of}`]
}

async function count(name: string, windowSeconds: number): Promise<number> {
  const { counter, inMemory } = throttle()
  try {
    return await counter.count(name, windowSeconds)
  } catch {
    return (await inMemory(windowSeconds).penalty(name)).consumedPoints
  }
}

const KEY = Symbol.for('meterbook.web.throttle')

/** One for the process: Next's bundle holds copies of this file. */
function throttle(): { counter: TryCounter; inMemory: (windowSeconds: number) => RateLimiterMemory } {
  const shared = globalThis as { [KEY]?: ReturnType<typeof throttle> }
  shared[KEY] ??= startThrottle()
  return shared[KEY]
}

function startThrottle(): ReturnType<typeof throttle> {
  const counter = new TryCounter(getWebEnv().redisUrl)
  getDrain().signal.addEventListener('abort', () => counter.close(), { once: true })
  const windows = new Map<number, RateLimiterMemory>()
  return {
    counter,
    inMemory(windowSeconds) {
      const memory = windows.get(windowSeconds) ?? new RateLimiterMemory({ points: 1, duration: windowSeconds })
      windows.set(windowSeconds, memory)
      return memory
    },
  }
}

function placeOf({ of, address }: Try): string {
  return JSON.stringify([of, address])
}

function triedBy(context: { path?: string; body?: unknown; headers?: Headers | undefined }): Try | undefined {
  const { path = '', body } = context
  if (!Object.hasOwn(LIMITS, path) || typeof body !== 'object' || body === null) return undefined
  const { email } = body as { email?: unknown }
  const of = typeof email === 'string' ? email.trim().toLowerCase() : ''
  return { what: path as Tried, of, address: context.headers?.get('x-forwarded-for') ?? null }
}
