import { CatalogueKey, InstantText } from '@meterbook/core/catalogue'
import { PriceBookDraft, PriceVersionDraft } from '@meterbook/core/rating'
import { listPriceBooks, listSpaceNames } from '@meterbook/db/postgres'
import {
  actTogether,
  addPriceVersion,
  createPriceBook,
  endSubscription,
  setSubscription,
} from '@meterbook/db/postgres/catalogue-acts'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { postgres } from '../portal/stores.ts'
import { readPriceBook, readPriceBooks } from '../prices/read-price-books.ts'
import { WHAT_IF_MONTHS_MAX, whatIfPrice } from '../prices/what-if-price.ts'
import { ActReason, byOf, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { platformProcedure, router } from './procedures.ts'

const Book = z.object({ book: CatalogueKey })
const Consent = z.object({ reason: ActReason })
/** What begins in the past is proposed, see the backdating router. */
const FROM_NOW_ON = { isBackDated: false } as const

export const pricesRouter = router({
  list: platformProcedure.query(() => readPriceBooks(postgres(), nowMicros())),

  find: platformProcedure.input(Book).query(async ({ input }) => {
    const book = await readPriceBook(postgres(), { slug: input.book, now: nowMicros() })
    if (book === null) throw notFound()
    return book
  }),

  spaces: platformProcedure.query(() => listSpaceNames(postgres())),

  create: platformProcedure
    .input(PriceBookDraft.extend({ reason: ActReason }))
    .mutation(({ ctx, input: { reason, ...draft } }) =>
      actsTold(() => actTogether(postgres(), (tx) => createPriceBook(tx, { by: byOf(ctx, reason), draft }))),
    ),

  /** What past months would have cost under a draft. A mutation that writes nothing. */
  whatIf: platformProcedure
    .input(
      Book.extend({
        capabilityKey: CatalogueKey,
        version: PriceVersionDraft,
        months: z.int().min(1).max(WHAT_IF_MONTHS_MAX).default(3),
      }),
    )
    .mutation(({ input }) =>
      actsTold(async () => {
        const { capabilityKey, version: draft, months } = input
        const priceBookId = await idOf(input.book)
        return whatIfPrice(postgres(), { priceBookId, capabilityKey, draft, months, now: nowMicros() })
      }),
    ),

  addVersion: platformProcedure
    .input(Book.extend({ capabilityKey: CatalogueKey, version: PriceVersionDraft }).extend(Consent.shape))
    .mutation(({ ctx, input }) =>
      actsTold(async () => {
        const priceBookId = await idOf(input.book)
        const { capabilityKey, version } = input
        const by = byOf(ctx, input.reason)
        return actTogether(postgres(), (tx) =>
          addPriceVersion(tx, { by, priceBookId, capabilityKey, version, ...FROM_NOW_ON }),
        )
      }),
    ),

  subscribe: platformProcedure
    .input(
      Book.extend({ spaceId: z.uuid(), from: InstantText, to: InstantText.nullable().default(null) }).extend(
        Consent.shape,
      ),
    )
    .mutation(({ ctx, input }) =>
      actsTold(async () => {
        const priceBookId = await idOf(input.book)
        const { spaceId, from, to } = input
        const by = byOf(ctx, input.reason)
        return actTogether(postgres(), (tx) =>
          setSubscription(tx, { by, spaceId, priceBookId, from, to, ...FROM_NOW_ON }),
        )
      }),
    ),

  endSubscription: platformProcedure
    .input(z.object({ subscriptionId: z.uuid(), at: InstantText }).extend(Consent.shape))
    .mutation(({ ctx, input }) =>
      actsTold(() => {
        const { subscriptionId, at } = input
        const by = byOf(ctx, input.reason)
        return actTogether(postgres(), (tx) => endSubscription(tx, { by, subscriptionId, at, ...FROM_NOW_ON }))
      }),
    ),
})

async function idOf(slug: string): Promise<string> {
  const book = (await listPriceBooks(postgres())).find((each) => each.slug === slug)
  if (book === undefined) throw notFound()
  return book.id
}

function notFound(): TRPCError {
  return new TRPCError({ code: 'NOT_FOUND', message: 'No such price book' })
}
