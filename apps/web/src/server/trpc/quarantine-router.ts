import { z } from 'zod'
import { EventPlace, EventSelection } from '../corrections/asked-correction.ts'
import { writeCursor } from '../events/event-cursor.ts'
import { eventStores } from '../portal/stores.ts'
import { readHeldEvent, readHeldPage, readHeldReasons } from '../quarantine/read-held.ts'
import { PageInput } from './events-router.ts'
import { router, sightProcedure } from './procedures.ts'
import { refusalsTold } from './told-refusal.ts'

/** What is held: quarantined, or in conflict. To cure it is an act: see corrections. */
export const quarantineRouter = router({
  /** By reason: how many, since when, what would cure them, and the money at stake. */
  reasons: sightProcedure('find events')
    .input(z.object({ filter: EventSelection.prefault({}) }))
    .query(({ ctx, input }) =>
      refusalsTold(() => readHeldReasons(eventStores(), { sight: ctx.sight, selection: input.filter })),
    ),

  list: sightProcedure('find events')
    .input(PageInput)
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const { filter, limit, cursor } = input
        const page = await readHeldPage(eventStores(), { sight: ctx.sight, selection: filter, limit, after: cursor })
        return { ...page, next: page.next === null ? null : writeCursor(page.next) }
      }),
    ),

  /** One event with its content as received, and what would cure it. */
  find: sightProcedure('find events')
    .input(EventPlace)
    .query(({ ctx, input }) => refusalsTold(() => readHeldEvent(eventStores(), { sight: ctx.sight, place: input }))),
})
