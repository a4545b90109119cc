import { z } from 'zod'
import { PASSWORD_LENGTH } from '../auth/auth.ts'
import { ownAccount } from '../people/own-account.ts'
import { accountProcedure, router } from './procedures.ts'

const Known = z.string().min(1, { error: 'expected your password' }).max(PASSWORD_LENGTH.max)
const New = z
  .string()
  .min(PASSWORD_LENGTH.min, { error: `expected a password of at least ${PASSWORD_LENGTH.min} characters` })
  .max(PASSWORD_LENGTH.max, { error: `expected a password of at most ${PASSWORD_LENGTH.max} characters` })

/** A person's own account. Never for who looks on as them. */
export const accountRouter = router({
  read: accountProcedure.query(({ ctx }) => ownAccount(ctx).read()),

  endSession: accountProcedure
    .input(z.object({ id: z.string().min(1).max(100) }))
    .mutation(({ ctx, input }) => ownAccount(ctx).endSession(input.id)),

  endOtherSessions: accountProcedure.mutation(({ ctx }) => ownAccount(ctx).endOtherSessions()),

  changePassword: accountProcedure
    .input(z.object({ current: Known, next: New }))
    .mutation(({ ctx, input }) => ownAccount(ctx).changePassword(input)),

  beginSecondFactor: accountProcedure
    .input(z.object({ password: Known }))
    .mutation(({ ctx, input }) => ownAccount(ctx).beginSecondFactor(input.password)),

  proveSecondFactor: accountProcedure
    .input(z.object({ code: z.string().regex(/^\d{6}$/, { error: 'expected the six digits that your app shows' }) }))
    .mutation(({ ctx, input }) => ownAccount(ctx).proveSecondFactor(input.code)),

  endSecondFactor: accountProcedure
    .input(z.object({ password: Known }))
    .mutation(({ ctx, input }) => ownAccount(ctx).endSecondFactor(input.password)),

  renewBackupCodes: accountProcedure
    .input(z.object({ password: Known }))
    .mutation(({ ctx, input }) => ownAccount(ctx).renewBackupCodes(input.password)),
})
