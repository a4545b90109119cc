import { z } from 'zod'
import { freezeView } from '../frozen/freeze-view.ts'
import { findView } from '../usage/reading.ts'
import { router, spaceProcedure } from './procedures.ts'

/** A place beneath a space: no other host, no other space, nothing that climbs. */
const Page = z
  .string()
  .max(300)
  .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/)
const Query = z.union([z.literal(''), z.string().max(8000).startsWith('?')])

export const frozenRouter = router({
  /** Keeps the state of the space as it is now, under an id that opens it for ever. Whoever may see usage may freeze it. */
  freeze: spaceProcedure('see usage')
    .input(z.object({ page: Page, query: Query }))
    .mutation(({ ctx, input }) => freezeView({ access: ctx.access, person: ctx.person, ...input })),

  /** Where a frozen view leads, and of when it is. */
  find: spaceProcedure('see usage')
    .input(z.object({ id: z.string().max(100) }))
    .query(async ({ ctx, input }) => {
      const { id, page, query, frozenAt, ledgerSequence } = await findView(ctx.access, input.id)
      return {
        id,
        page,
        query,
        frozenAt: new Date(Number(frozenAt / 1000n)).toISOString(),
        ledgerSequence: ledgerSequence.toString(),
      }
    }),
})
