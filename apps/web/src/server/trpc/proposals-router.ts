import { countWaitingProposals } from '@meterbook/db/postgres'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { postgres } from '../portal/stores.ts'
import { decideProposal } from '../proposals/decide.ts'
import { ProposalRefused } from '../proposals/proposal-kind.ts'
import { readProposals } from '../proposals/read-proposals.ts'
import { platformProcedure, router, spaceProcedure } from './procedures.ts'

const PageInput = z.object({
  waiting: z.boolean().optional(),
  cursor: z.uuid().optional(),
  limit: z.int().min(1).max(100).default(50),
})
const DecisionInput = z.object({
  id: z.uuid(),
  decision: z.enum(['approved', 'rejected', 'withdrawn']),
  reason: z
    .string()
    .trim()
    .max(1_000)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'expected text without NUL characters' })
    .nullable()
    .default(null),
})

/** Acts that wait for a second person: of the platform, and of one space. */
export const proposalsRouter = router({
  list: platformProcedure.input(PageInput).query(({ ctx, input }) => {
    const { waiting, cursor: after, limit } = input
    return told(() => readProposals(postgres(), { person: ctx.person, waiting, after, limit }))
  }),

  /** How many wait, for the desk. */
  waiting: platformProcedure.query(() => countWaitingProposals(postgres())),

  decide: platformProcedure
    .input(DecisionInput)
    .mutation(({ ctx, input }) =>
      told(() => decideProposal(postgres(), { person: ctx.person, asked: input, requestId: ctx.requestId ?? null })),
    ),

  /** Of the space, and the caller's own. */
  listOfSpace: spaceProcedure('administer')
    .input(PageInput)
    .query(({ ctx, input }) => {
      const { waiting, cursor: after, limit } = input
      const spaceId = ctx.access.space.id
      return told(() => readProposals(postgres(), { person: ctx.person, spaceId, waiting, after, limit }))
    }),

  decideInSpace: spaceProcedure('administer')
    .input(DecisionInput)
    .mutation(({ ctx, input }) =>
      told(() =>
        decideProposal(postgres(), {
          person: ctx.person,
          asked: input,
          spaceId: ctx.access.space.id,
          requestId: ctx.requestId ?? null,
        }),
      ),
    ),
})

const CODES = {
  not_found: 'NOT_FOUND',
  forbidden: 'FORBIDDEN',
  invalid: 'BAD_REQUEST',
  conflict: 'CONFLICT',
} as const satisfies Record<ProposalRefused['code'], TRPCError['code']>

async function told<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof ProposalRefused) throw new TRPCError({ code: CODES[error.code], message: error.message })
    throw error
  }
}
