import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { writeCursor } from '../events/event-cursor.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { readEntryEvents } from '../statements/read-entry-events.ts'
import { readLineEntries } from '../statements/read-line-entries.ts'
import { readMonth } from '../statements/read-months.ts'
import { listMonths, readProvisionalAnswer, readStatement } from '../statements/statement-answer.ts'
import { CursorInput } from './cursor-input.ts'
import { router, spaceProcedure } from './procedures.ts'
import { holdsRight } from './space-right.ts'

const ENTRIES_DEFAULT = 100
const NOT_FOUND = 'No such statement'
const EVENTS_DEFAULT = 50

const StatementInput = z.object({ id: z.string().min(1).max(200) })
const SequenceInput = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, { error: 'expected the sequence of an entry' })
  .transform(BigInt)

/** Months as money. Money and quantities are decimal texts. */
export const statementsRouter = router({
  /** Every month of the space, newest first; the total of one that is not issued is what it would be if it were closed now. */
  list: spaceProcedure('see cost').query(({ ctx }) =>
    listMonths({ pool: postgres() }, { space: ctx.access.space, asOf: now() }),
  ),

  /** One statement: its lines, whether and why it can be closed, and what proves it. */
  get: spaceProcedure('see cost')
    .input(StatementInput)
    .query(async ({ ctx, input }) =>
      found(await readStatement(eventStores(), { space: ctx.access.space, id: input.id, asOf: now() })),
    ),

  /** Of a month that is not issued: what is measured and not posted yet, rated as it will be; null for others. Apart, for it is read of usage records. */
  provisional: spaceProcedure('see cost')
    .input(StatementInput)
    .query(async ({ ctx, input }) => {
      const asked = { space: ctx.access.space, id: input.id, asOf: now() }
      const provisional = await readProvisionalAnswer(eventStores(), asked)
      if (provisional !== undefined) return provisional
      throw new TRPCError({ code: 'NOT_FOUND', message: NOT_FOUND })
    }),

  /** The entries behind a line, in the order of the ledger; without a line, all of the statement. */
  entries: spaceProcedure('see cost')
    .input(
      StatementInput.extend({
        line: z.string().max(100).optional(),
        cursor: SequenceInput.optional(),
        limit: z.int().min(1).max(500).default(ENTRIES_DEFAULT),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { id, line, cursor: after = 0n, limit } = input
      return found(await readLineEntries(postgres(), { space: ctx.access.space, id, line, after, limit, asOf: now() }))
    }),

  /** The raw events in the window of one of the statement's entries. They have contents, so that it takes the right to find events, too. */
  events: spaceProcedure('see cost')
    .input(
      StatementInput.extend({
        sequence: SequenceInput,
        cursor: CursorInput.optional(),
        limit: z.int().min(1).max(100).default(EVENTS_DEFAULT),
      }),
    )
    .query(async ({ ctx, input }) => {
      if (!holdsRight(ctx.access, 'find events')) {
        throw new TRPCError({ code: 'FORBIDDEN', message: 'This needs the right to find events' })
      }
      const { space } = ctx.access
      const { id, sequence, cursor: after, limit } = input
      const billedIn = found(await readMonth(postgres(), { space, id, asOf: now() })).period.start
      const page = found(await readEntryEvents(eventStores(), { space, billedIn, sequence, after, limit }))
      return { events: page.events, cursor: page.next === null ? null : writeCursor(page.next) }
    }),
})

function found<T>(answer: T | null): T {
  if (answer !== null) return answer
  throw new TRPCError({ code: 'NOT_FOUND', message: NOT_FOUND })
}

function now(): bigint {
  return BigInt(Date.now()) * 1000n
}
