import { APIError, createAuthMiddleware } from 'better-auth/api'
import { RateLimiterMemory } from 'rate-limiter-flexible'

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
 * the form and the HTTP route are held by the same count. In memory: a second web process doubles the limit, and no more.
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

const KEY = Symbol.for('meterbook.web.throttle')

/** One for the process: Next's bundle holds copies of this file. */
function limiters(): Record<Tried, { here: RateLimiterMemory; anywhere: RateLimiterMemory }> {
  const shared = globalThis as { [KEY]?: ReturnType<typeof limiters> }
  shared[KEY] ??= Object.fromEntries(
    Object.entries(LIMITS).map(([what, { here, anywhere, windowSeconds: duration }]) => [
      what,
      {
        here: new RateLimiterMemory({ points: here, duration, keyPrefix: `${what} here` }),
        anywhere: new RateLimiterMemory({ points: anywhere, duration, keyPrefix: `${what} anywhere` }),
      },
    ]),
  ) as ReturnType<typeof limiters>
  return shared[KEY]
}

/** Counts a try; false where there were too many. */
export async function mayTry(tried: Try): Promise<boolean> {
  const { here, anywhere } = limiters()[tried.what]
  const outcomes = await Promise.allSettled([here.consume(placeOf(tried)), anywhere.consume(tried.of)])
  return outcomes.every(({ status }) => status === 'fulfilled')
}

async function giveBack(tried: Try): Promise<void> {
  const { here, anywhere } = limiters()[tried.what]
  await Promise.all([here.delete(placeOf(tried)), anywhere.delete(tried.of)])
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
