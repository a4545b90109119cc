import type { PoolClient } from '@meterbook/db/postgres'
import { actTogether, audited } from '@meterbook/db/postgres/catalogue-acts'
import { endSessions, hasSecondFactor, listSessions } from '@meterbook/db/postgres/people'
import { TRPCError } from '@trpc/server'
import { renderSVG } from 'uqr'
import { getAuth } from '../auth/auth.ts'
import type { CurrentPerson } from '../auth/person-of-session.ts'
import { refusedByAuth } from '../auth/refused-by-auth.ts'
import { postgres } from '../portal/stores.ts'

type Asking = { person: CurrentPerson; requestId?: string | undefined; headers?: Headers | undefined }

/** A person's own way in: sessions, password, second factor. What takes the password is refused without it, so that an open screen is not enough. */
export function ownAccount({ person, requestId, headers = new Headers() }: Asking) {
  const target = { type: 'person', id: person.id }
  const by = { actorId: person.id, requestId: requestId ?? null, reason: null }
  const audit = (act: string) => (tx: PoolClient) =>
    audited(tx, { by, act, target, spaceId: null, before: null, after: null })
  const act = (run: (tx: PoolClient) => Promise<unknown>) => actTogether(postgres(), run)
  const { api } = getAuth()

  return {
    async read() {
      const [sessions, isSecondFactorOn] = await Promise.all([
        listSessions(postgres(), person.id),
        hasSecondFactor(postgres(), person.id),
      ])
      return {
        name: person.name,
        email: person.email,
        isPlatformAdmin: person.isPlatformAdmin,
        hasSecondFactor: isSecondFactorOn,
        sessions: sessions.map(({ createdAt, seenAt, ...session }) => ({
          ...session,
          createdAt: createdAt.toISOString(),
          seenAt: seenAt.toISOString(),
          isThis: session.id === person.sessionId,
        })),
      }
    },

    endSession: (id: string) =>
      act(async (tx) => {
        if ((await endSessions(tx, { personId: person.id, id })) === 0)
          throw new TRPCError({ code: 'NOT_FOUND', message: 'No such session' })
        await audit('session.end')(tx)
      }),

    endOtherSessions: () =>
      act(async (tx) => {
        await endSessions(tx, { personId: person.id, except: person.sessionId ?? null })
        await audit('session.end_others')(tx)
      }),

    /** All other sessions end with the old password. */
    async changePassword({ current, next }: { current: string; next: string }) {
      const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true }
      await told(() => api.changePassword({ body, headers }))
      await act(audit('password.change'))
    },

    /** Begins one: it is not asked for until a first code proved that it works. `svg`, `uri` and `backupCodes` are secrets, shown once. */
    async beginSecondFactor(password: string) {
      const begun = await told(() => api.enableTwoFactor({ body: { password, method: 'totp' }, headers }))
      if (begun.method !== 'totp') throw new Error('expected a second factor by time')
      const { totpURI: uri, backupCodes } = begun
      const secret = new URL(uri).searchParams.get('secret') ?? ''
      return { svg: renderSVG(uri, { border: 2 }), secret, backupCodes }
    },

    async proveSecondFactor(code: string) {
      await told(() => api.verifyTOTP({ body: { code }, headers }))
      await act(audit('second_factor.add'))
    },

    async endSecondFactor(password: string) {
      await told(() => api.disableTwoFactor({ body: { password }, headers }))
      await act(audit('second_factor.remove'))
    },

    async renewBackupCodes(password: string) {
      const { backupCodes } = await told(() => api.generateBackupCodes({ body: { password }, headers }))
      await act(audit('second_factor.renew_backup_codes'))
      return { backupCodes }
    },
  }
}

/** What better-auth refuses, in our words; anything else is a fault. */
async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const refused = refusedByAuth(error)
    if (refused === null) throw error
    if (refused.status === 429)
      throw new TRPCError({ code: 'TOO_MANY_REQUESTS', message: 'Too many tries. Wait a minute.' })
    const message = WORDS[refused.code] ?? 'This was refused. Sign in again and try once more.'
    throw new TRPCError({ code: 'BAD_REQUEST', message })
  }
}

const WORDS: Record<string, string> = {
  INVALID_PASSWORD: 'This is not your password.',
  INVALID_CODE: 'This code is not right, or not any more. Enter the one your app shows now.',
  TOTP_ALREADY_ENABLED: 'You have a second factor already. Remove it first.',
  TWO_FACTOR_NOT_ENABLED: 'You have no second factor.',
  PASSWORD_TOO_SHORT: 'Expected a password of at least 10 characters.',
  PASSWORD_TOO_LONG: 'Expected a password of at most 128 characters.',
}
