import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { readDesk } from '../admin/desk.ts'
import { closePeriod, readPeriods } from '../admin/periods.ts'
import { readReconciliation } from '../admin/reconciliation.ts'
import { getWebEnv } from '../env.ts'
import { readQueues } from '../pipeline/queues.ts'
import { readPipeline } from '../pipeline/read-pipeline.ts'
import { findEventSight } from '../portal/find-event-sight.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { platformProcedure, router } from './procedures.ts'

const Reason = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'expected text without NUL characters' })

/** The desk of those who run the platform. */
export const deskRouter = router({
  overview: platformProcedure.query(async ({ ctx }) => {
    const seen = await findEventSight({ person: ctx.person, spaceSlug: undefined })
    if (typeof seen === 'string') throw new TRPCError({ code: 'FORBIDDEN', message: seen })
    return readDesk(eventStores(), { sight: seen.sight, now: new Date() })
  }),

  periods: platformProcedure
    .input(z.object({ space: z.string().min(1).max(100).optional() }))
    .query(({ input }) => readPeriods(eventStores(), { asOf: now(), space: input.space })),

  /** Closed twice is closed once. `waive`: why it is closed although events of it are held. */
  closePeriod: platformProcedure
    .input(
      z.object({
        space: z.string().min(1).max(100),
        month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
        waive: Reason.nullable(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const { id, name } = ctx.person
      const requestId = ctx.requestId ?? null
      const closed = await closePeriod(eventStores(), { ...input, actor: { id, name }, asOf: now(), requestId })
      if (closed === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such space or month' })
      if (closed.outcome === 'refused') {
        const open = closed.checklist.filter(({ state }) => state !== 'ok' && state !== 'waived')
        throw new TRPCError({ code: 'CONFLICT', message: `Not closed: ${open.map(({ text }) => text).join(' ')}` })
      }
      return closed
    }),

  reconciliation: platformProcedure.query(() => readReconciliation(postgres())),

  pipeline: platformProcedure.query(() => readPipeline(eventStores(), { now: new Date() })),

  queues: platformProcedure.query(() => readQueues({ pool: postgres(), redisUrl: getWebEnv().redisUrl })),
})

function now(): bigint {
  return BigInt(Date.now()) * 1000n
}
