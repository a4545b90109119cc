import { readSpaces } from '@meterbook/db/postgres'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { eventsInSight } from '../corrections/aim.ts'
import { EventPlace, EventSelection } from '../corrections/asked-correction.ts'
import { chargesOf } from '../events/event-charges.ts'
import { writeCursor } from '../events/event-cursor.ts'
import { lifeOf, lifeOfTaken } from '../events/event-life.ts'
import { type EventSight, sightOfApp } from '../events/event-sight.ts'
import { findEvent } from '../events/find-event.ts'
import { indexText } from '../events/list-event-items.ts'
import { EventSearch, searchEvents } from '../events/search-events.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { nowMicros } from './act-input.ts'
import { CursorInput } from './cursor-input.ts'
import { router, sightProcedure } from './procedures.ts'
import { holdsRight } from './space-right.ts'
import { refusalsTold } from './told-refusal.ts'

const Paged = { cursor: CursorInput.optional(), limit: z.int().min(1).max(100).default(50) }

export const PageInput = z.object({ filter: EventSelection.prefault({}), ...Paged })

/** Rows of a tail: what fits on a page that is watched. */
const TAIL_ROWS = 50

export const eventsRouter = router({
  /** Events of any verdict, newest first. */
  list: sightProcedure('find events')
    .input(z.object({ filter: EventSearch.prefault({}), ...Paged }))
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const { events, next, examined } = await searchEvents(eventStores(), {
          sight: ctx.sight,
          search: input.filter,
          limit: input.limit,
          after: input.cursor,
        })
        return { events, next: next === null ? null : writeCursor(next), examined }
      }),
    ),

  /** The newest of a filter: what a page that is being watched asks for again, once a second at most. */
  tail: sightProcedure('find events')
    .input(z.object({ filter: EventSearch.prefault({}) }))
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const asked = { sight: ctx.sight, search: input.filter, limit: TAIL_ROWS }
        const { events, examined } = await searchEvents(eventStores(), asked)
        return { events, examined }
      }),
    ),

  /** The receipt of one event, by its place in the journal: what became of it, step by step. Of a repetition also the first one's. */
  receipt: sightProcedure('find events')
    .input(EventPlace)
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const { app, asked, found } = await eventAt(ctx.sight, input)
        const spaces = await readSpaces(postgres(), [asked.spaceId])
        const life = found && (await lifeOf(eventStores(), { found, sight: ctx.sight, now: nowMicros() }))
        return { asked: indexText(asked, { apps: [app], spaces }), life }
      }),
    ),

  /** What that event costs, down to the ledger entries that bill it. No money without the right to see cost. */
  charges: sightProcedure('find events')
    .input(EventPlace)
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const { found } = await eventAt(ctx.sight, input)
        return found && chargesOf(eventStores(), { found, maySeeCost: holdsRight(ctx, 'see cost') })
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
      return lifeOf(eventStores(), { found, sight, now: nowMicros() })
    }),
})

/** The event at a place, and what is known of its identity: of a repetition that is the first one. Throws CorrectionRefused for one out of sight. */
async function eventAt(sight: EventSight, place: EventPlace) {
  const [at] = await eventsInSight(eventStores(), { sight, app: place.app, places: [place] })
  if (at === undefined) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such event' })
  const { app, event } = at
  const ofApp = { ...sight, apps: [app], isWhole: false }
  const found = await findEvent(eventStores(), { sight: ofApp, source: event.source, id: event.id })
  return { app, asked: event, found: found?.kind === 'projected' ? found : null }
}
