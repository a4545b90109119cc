import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { readChainRows, readChainSpan } from '../ledger/read-chain.ts'
import { readMonthCounts, readReconciled } from '../ledger/read-reconciled.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { nowMicros } from './act-input.ts'
import { router, spaceProcedure } from './procedures.ts'

const ROWS_MAX = 2_000
const Sequence = z
  .string()
  .regex(/^(0|[1-9]\d{0,17})$/, { error: 'expected the sequence of an entry' })
  .transform(BigInt)

/** The chain of a space for whoever verifies it themselves, in their own browser. */
export const ledgerRouter = router({
  /** Where a stretch begins and the chain ends: of a statement, from an entry on, or of all of it. */
  span: spaceProcedure('see cost')
    .input(z.object({ statement: z.string().min(1).max(200).optional(), from: Sequence.optional() }))
    .query(async ({ ctx, input: { statement, from } }) => {
      const stretch = statement !== undefined ? { statement } : from !== undefined ? { from } : ('whole' as const)
      const span = await readChainSpan(postgres(), { space: ctx.access.space, stretch, asOf: nowMicros() })
      if (span === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such entries' })
      return span
    }),

  /** Rows as they stand, after a sequence. */
  rows: spaceProcedure('see cost')
    .input(z.object({ after: Sequence, limit: z.int().min(1).max(ROWS_MAX).default(ROWS_MAX) }))
    .query(({ ctx, input }) => readChainRows(postgres(), { ...input, space: ctx.access.space })),

  /** Whether all that was compared agrees. No money is in it. */
  reconciled: spaceProcedure('see usage').query(({ ctx }) => readReconciled(eventStores(), ctx.access.space)),

  /** What each store holds of a statement's month, and what of it differs. */
  counts: spaceProcedure('see usage')
    .input(z.object({ statement: z.string().min(1).max(200) }))
    .query(async ({ ctx, input }) => {
      const asked = { space: ctx.access.space, id: input.statement, asOf: nowMicros() }
      const counts = await readMonthCounts(eventStores(), asked)
      if (counts === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such statement' })
      return counts
    }),
})
