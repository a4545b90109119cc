import { listAuditChoices, verifyAudit } from '@meterbook/db/postgres'
import { z } from 'zod'
import { AuditQuestion } from '../audit/audit-answer.ts'
import { readAuditPage } from '../audit/read-audit.ts'
import { postgres } from '../portal/stores.ts'
import { platformProcedure, router } from './procedures.ts'

/** The log of what admins did. It is written by the acts themselves, and read by those who run the platform. */
export const auditRouter = router({
  list: platformProcedure
    .input(
      z.object({
        question: AuditQuestion,
        cursor: z
          .string()
          .regex(/^[1-9]\d{0,17}$/)
          .optional(),
        limit: z.int().min(1).max(200).default(50),
      }),
    )
    .query(({ input }) => {
      const { question, cursor, limit } = input
      return readAuditPage(postgres(), { question, limit, before: cursor === undefined ? undefined : BigInt(cursor) })
    }),

  choices: platformProcedure.query(() => listAuditChoices(postgres())),

  /** Every row's hash computed again, as of now. */
  verify: platformProcedure.query(async () => {
    const begun = performance.now()
    const { entries, hash, fault } = await verifyAudit(postgres())
    return {
      entries: entries.toString(),
      hash,
      fault: fault === null ? null : { ...fault, sequence: fault.sequence.toString() },
      tookMs: Math.round(performance.now() - begun),
    }
  }),
})
