import { z } from 'zod'
import { isBeforeFirstEvent, readFirstEvent } from '../first-event/read-first-event.ts'
import { readSilences } from '../forecast/read-silences.ts'
import { readAppAllowances, readAppLife } from '../overview/read-app-life.ts'
import { readOverview } from '../overview/read-overview.ts'
import { clickhouse, eventStores } from '../portal/stores.ts'
import { heldRead } from '../usage/held-reads.ts'
import { appProcedure, router, spaceProcedure } from './procedures.ts'

/** What is not settled yet is added up from usage records: for everyone who looks, once in a while. */
const TTL_MS = 10_000
const STALE_MS = 300_000

const MonthInput = z.object({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional(),
})

/** The first page of a space, as money. */
export const overviewRouter = router({
  month: spaceProcedure('see cost')
    .input(MonthInput)
    .query(({ ctx: { access }, input: { month } }) => {
      // names, colours and links depend on which apps the caller sees
      const seen = access.apps.map(({ id, isOwned }) => `${id}${isOwned ? '' : '-'}`).join()
      const key = `overview ${access.space.id} ${month ?? ''} ${seen}`
      const read = () => readOverview(eventStores(), { access, month })
      return heldRead({ key, ttlMs: TTL_MS, staleMs: STALE_MS, nowMs: Date.now(), read })
    }),

  /** Apps in sight that usually speak at this time and do not. */
  silences: spaceProcedure('see usage').query(({ ctx: { access } }) => readSilences(clickhouse(), access)),

  /** Whether none of the space's apps has an event that counts yet. */
  isBeforeFirstEvent: spaceProcedure('see usage').query(({ ctx: { access } }) =>
    isBeforeFirstEvent(eventStores(), access),
  ),

  /** How far it is on its way there, and what is in the way. */
  firstEvent: spaceProcedure('see usage').query(({ ctx: { access } }) => readFirstEvent(eventStores(), access)),

  /** What one app sends now, what of it is held, what it is made of, its keys. */
  appLife: appProcedure('see usage').query(({ ctx }) => readAppLife(eventStores(), ctx)),

  /** How far its allowances are used up. */
  appAllowances: appProcedure('see usage').query(({ ctx }) => readAppAllowances(eventStores(), ctx)),
})
