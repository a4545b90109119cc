import { getPrisma } from '@meterbook/db/postgres'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { nextCookies } from 'better-auth/next-js'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { getAuthSecret, getWebEnv } from '../env.ts'
import { sendMail } from '../mail/send-mail.ts'
import { passwordChangedLetter, resetLetter } from '../people/letters.ts'
import { trustedOrigins } from './origins.ts'
import { signInThrottle } from './sign-in-throttle.ts'

const SESSION_SECONDS = 60 * 60 * 24 * 14
const SESSION_REFRESH_SECONDS = 60 * 60 * 24
const RESET_MINUTES = 30
const BACKUP_CODES = 10
const WIDE = { window: 60, max: 120 }
export const PASSWORD_LENGTH = { min: 10, max: 128 }
const KEY = Symbol.for('meterbook.web.auth')

type Auth = ReturnType<typeof createAuth>

/** The process's sign-in: e-mail and password, a second factor for whoever set one up, sessions in Postgres. People are invited or seeded; nobody signs up by themselves. */
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
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      resetPasswordTokenExpiresIn: RESET_MINUTES * 60,
      revokeSessionsOnPasswordReset: true,
      async sendResetPassword({ user, token }) {
        const link = `${env.url}/reset?token=${encodeURIComponent(token)}`
        postInBackground(sendMail(resetLetter({ to: user.email, link, minutes: RESET_MINUTES })))
      },
      async onPasswordReset({ user }) {
        postInBackground(sendMail(passwordChangedLetter(user.email)))
      },
    },
    // tokens of letters are kept as digests
    verification: { storeIdentifier: 'hashed' },
    user: {
      modelName: 'person',
      additionalFields: { isPlatformAdmin: { type: 'boolean', input: false, defaultValue: false } },
    },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_REFRESH_SECONDS },
    // per address, all of /api/auth: wide, for a whole office may come from one; what is guessed is held back by signInThrottle
    rateLimit: { enabled: true, window: 60, max: 600, customRules: { '/*': WIDE, '/*/*': WIDE } },
    advanced: { cookiePrefix: 'meterbook', ipAddress: { ipAddressHeaders: ['x-forwarded-for'] } },
    telemetry: { enabled: false },
    logger: { level: 'error' },
    hooks: signInThrottle(),
    plugins: [twoFactor({ issuer: 'Meterbook', backupCodeOptions: { amount: BACKUP_CODES } }), nextCookies()],
  })
}

/** Nobody waits for it: how long a letter takes would tell whether there is anybody to write to. */
function postInBackground(sending: Promise<void>): void {
  sending.catch((error: unknown) =>
    console.error('a letter could not be sent:', (error as { code?: unknown }).code ?? 'no code'),
  )
}
