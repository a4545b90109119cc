import type { ActBy } from '@meterbook/db/postgres/catalogue-acts'
import { z } from 'zod'
import type { CurrentPerson } from '../auth/current-person.ts'

const REASON_MAX = 1_000

/** Why somebody acts; kept in the audit log as it was written. */
export const ActReason = z
  .string()
  .trim()
  .max(REASON_MAX)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'expected text without NUL characters' })
  .transform((text) => (text === '' ? null : text))
  .nullable()
  .default(null)

/** The same where it has to be given: for whoever decides, or because of what is done. */
export const GivenReason = z
  .string()
  .trim()
  .min(1, { error: 'expected a reason' })
  .max(REASON_MAX)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'expected text without NUL characters' })

/** Who acts, for the audit log. */
export function byOf(ctx: { person: CurrentPerson; requestId?: string | undefined }, reason: string | null): ActBy {
  return { actorId: ctx.person.id, requestId: ctx.requestId ?? null, reason }
}

export function nowMicros(): bigint {
  return BigInt(Date.now()) * 1000n
}
