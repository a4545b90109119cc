import { APIError, createAuthMiddleware } from 'better-auth/api'
import { RateLimiterMemory } from 'rate-limiter-flexible'

const PATH = '/sign-in/email'
const FAILURES_MAX = 10
const WINDOW_SECONDS = 60

/**
 * Holds back guessing of one account's password: FAILURES_MAX tries a minute, given back on success. It sits in better-auth's hooks, so
 * that the form and the HTTP route are held by the same count. In memory: a second web process doubles the limit, and no more.
 */
export function signInThrottle() {
  const tries = new RateLimiterMemory({ points: FAILURES_MAX, duration: WINDOW_SECONDS })
  return {
    before: createAuthMiddleware(async (context) => {
      const account = accountOf(context.path, context.body)
      if (account === undefined) return
      const isOver = await tries.consume(account).then(
        () => false,
        () => true,
      )
      if (isOver)
        throw new APIError('TOO_MANY_REQUESTS', { message: 'Too many tries. Wait a minute.', code: 'TOO_MANY_TRIES' })
    }),
    after: createAuthMiddleware(async (context) => {
      const account = accountOf(context.path, context.body)
      if (account !== undefined && context.context.newSession) await tries.delete(account)
    }),
  }
}

function accountOf(path: string | undefined, body: unknown): string | undefined {
  if (path !== PATH || typeof body !== 'object' || body === null) return undefined
  const { email } = body as { email?: unknown }
  return typeof email === 'string' ? email.trim().toLowerCase() : undefined
}
