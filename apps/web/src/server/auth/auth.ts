import { getPrisma } from '@meterbook/db/postgres'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { nextCookies } from 'better-auth/next-js'
import { getAuthSecret, getWebEnv } from '../env.ts'
import { trustedOrigins } from './origins.ts'
import { signInThrottle } from './sign-in-throttle.ts'

const SESSION_SECONDS = 60 * 60 * 24 * 14
const SESSION_REFRESH_SECONDS = 60 * 60 * 24
const KEY = Symbol.for('meterbook.web.auth')

type Auth = ReturnType<typeof createAuth>

/** The process's sign-in: e-mail and password, sessions in Postgres. People are invited or seeded; nobody signs up by themselves. */
export function getAuth(): Auth {
  const shared = globalThis as { [KEY]?: Auth }
  shared[KEY] ??= createAuth()
  return shared[KEY]
}

function createAuth() {
  const env = getWebEnv()
  return betterAuth({
    appName: 'Meterbook',
    baseURL: env.url,
    secret: getAuthSecret(),
    trustedOrigins: trustedOrigins(env),
    database: prismaAdapter(getPrisma(env.databaseUrl), { provider: 'postgresql' }),
    emailAndPassword: { enabled: true, disableSignUp: true },
    user: {
      modelName: 'person',
      additionalFields: { isPlatformAdmin: { type: 'boolean', input: false, defaultValue: false } },
    },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_REFRESH_SECONDS },
    // per address, all of /api/auth; guessing one account's password is held back by signInThrottle
    rateLimit: { enabled: true, window: 60, max: 600, customRules: { '/sign-in/email': { window: 60, max: 120 } } },
    advanced: { cookiePrefix: 'meterbook', ipAddress: { ipAddressHeaders: ['x-forwarded-for'] } },
    telemetry: { enabled: false },
    logger: { level: 'error' },
    hooks: signInThrottle(),
    plugins: [nextCookies()],
  })
}
