import { APIError, createAuthMiddleware } from 'better-auth/api'
import { RateLimiterMemory } from 'rate-limiter-flexible'

const PATH = '/sign-in/email'
/** Of one account from one address, and of one account from anywhere. The second is wide, or anyone could lock anyone out. */
const FAILURES_MAX = { here: 10, anywhere: 100 }
const WINDOW_SECONDS = 60

/**
 * Holds back guessing of one account's password; tries are given back on success. It sits in better-auth's hooks, so that the form and
 * the HTTP route are held by the same count. In memory: a second web process doubles the limit, and no more.
 */
export function signInThrottle() {
  const here = new RateLimiterMemory({ points: FAILURES_MAX.here, duration: WINDOW_SECONDS })
  const anywhere = new RateLimiterMemory({ points: FAILURES_MAX.anywhere, duration: WINDOW_SECONDS })
  return {
    before: createAuthMiddleware(async (context) => {
      const tried = triedBy(context)
      if (!tried) return
      const outcomes = await Promise.allSettled([here.consume(tried.here), anywhere.consume(tried.account)])
      if (outcomes.every(({ status }) => status === 'fulfilled')) return
      const body = { message: 'Too many tries. Wait a minute.', code: 'TOO_MANY_TRIES' }
      throw new APIError('TOO_MANY_REQUESTS', body, { 'Retry-After': String(WINDOW_SECONDS) })
    }),
    after: createAuthMiddleware(async (context) => {
      const tried = triedBy(context)
      if (tried && context.context.newSession)
        await Promise.all([here.delete(tried.here), anywhere.delete(tried.account)])
    }),
  }
}

type Tried = { account: string; here: string }

function triedBy(context: { path?: string; body?: unknown; headers?: Headers | undefined }): Tried | undefined {
  if (context.path !== PATH || typeof context.body !== 'object' || context.body === null) return undefined
  const { email } = context.body as { email?: unknown }
  if (typeof email !== 'string') return undefined
  const account = email.trim().toLowerCase()
  return { account, here: JSON.stringify([account, context.headers?.get('x-forwarded-for') ?? null]) }
}
