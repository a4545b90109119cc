import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { selectionFilter } from '../corrections/aim.ts'
import { EventSelection } from '../corrections/asked-correction.ts'
import { writeCursor } from '../events/event-cursor.ts'
import { lifeOf, lifeOfTaken } from '../events/event-life.ts'
import { sightOfApp } from '../events/event-sight.ts'
import { findEvent } from '../events/find-event.ts'
import { readEventPage } from '../events/read-event-page.ts'
import { eventStores } from '../portal/stores.ts'
import { CursorInput } from './cursor-input.ts'
import { router, sightProcedure } from './procedures.ts'
import { refusalsTold } from './told-refusal.ts'

export const PageInput = z.object({
  filter: EventSelection.prefault({}),
  cursor: CursorInput.optional(),
  limit: z.int().min(1).max(100).default(50),
})

export const eventsRouter = router({
  /** Events of any verdict, newest first. */
  list: sightProcedure('find events')
    .input(PageInput)
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const { events, next } = await readEventPage(eventStores(), {
          sight: ctx.sight,
          filter: selectionFilter(ctx.sight, input.filter),
          limit: input.limit,
          after: input.cursor,
        })
        return { events, next: next === null ? null : writeCursor(next) }
      }),
    ),

  /** The life of one event, by its source and id. `unknown`: too much waits to be worked on to say that it is not among it. */
  find: sightProcedure('find events')
    .input(
      z.object({
        app: z.string().min(1).max(100),
        source: z.string().min(1).max(65_536),
        id: z.string().min(1).max(65_536),
      }),
    )
    .query(async ({ ctx, input }) => {
      const sight = sightOfApp(ctx.sight, input.app)
      const found = sight === null ? null : await findEvent(eventStores(), { ...input, sight })
      if (sight === null || found === null || found.kind === 'several')
        throw new TRPCError({ code: 'NOT_FOUND', message: 'No such event' })
      if (found.kind === 'unknown') return { state: 'unknown' as const, rowsWaiting: found.batches.toString() }
      if (found.kind === 'taken') return lifeOfTaken(found)
      return lifeOf(eventStores(), { found, sight, now: BigInt(Date.now()) * 1000n })
    }),
})
