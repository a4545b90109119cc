import { CatalogueKey } from '@meterbook/core/catalogue'
import { BillingZone, CurrencyCode, DisplayName, InstantText, instantOf, Slug } from '@meterbook/core/catalogue-file'
import { BillingTermDraft } from '@meterbook/core/statement'
import { listSpacesOfPlatform, readPrices } from '@meterbook/db/postgres'
import {
  actTogether,
  archiveSpace,
  CatalogueRefused,
  changeSpace,
  createSpace,
  setSubscription,
} from '@meterbook/db/postgres/catalogue-acts'
import { z } from 'zod'
import { postgres } from '../portal/stores.ts'
import { findSpace } from '../spaces/find-space.ts'
import { readSpaceSettings } from '../spaces/read-space-settings.ts'
import { type AskedTerm, agreeSpaceTerm, endSpaceTerm, tryTerm } from '../spaces/space-terms.ts'
import { ActReason, byOf, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { platformProcedure, router, spaceProcedure } from './procedures.ts'

const SpaceSlug = z.object({ spaceSlug: z.string().min(1).max(100) })
const Month = z
  .string()
  .trim()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: 'expected a month such as 2026-12' })
const TermMembers = {
  kind: z.enum(['discount', 'minimum', 'credit']),
  capability: z.string().nullable(),
  percent: z.string().nullable(),
  amount: z.string().nullable(),
  text: z.string(),
  firstMonth: Month,
  lastMonth: Month.nullable(),
}

/** What is wrong with a term is wrong with the field of it; percentages and amounts are typed into one. */
function termFaults(asked: BillingTermDraft, context: z.RefinementCtx): void {
  const { kind, capability, percent, amount, text } = asked
  for (const { path, message } of BillingTermDraft.safeParse({ kind, capability, percent, amount, text }).error
    ?.issues ?? []) {
    context.addIssue({ code: 'custom', path: path.map((part) => (part === 'percent' ? 'amount' : part)), message })
  }
}

function askedOf<T extends BillingTermDraft & Omit<AskedTerm, 'term'>>(input: T): AskedTerm {
  const { spaceSlug, firstMonth, lastMonth, kind, capability, percent, amount, text } = input
  const term = BillingTermDraft.parse({ kind, capability, percent, amount, text })
  return { spaceSlug, firstMonth, lastMonth, term }
}

export const spacesRouter = router({
  /** Every developer space of the platform, archived ones too. */
  list: platformProcedure.query(() => listSpacesOfPlatform(postgres())),

  /** One of them, with its apps, people and months. */
  find: platformProcedure
    .input(SpaceSlug)
    .query(({ input }) =>
      actsTold(async () => readSpaceSettings(postgres(), await findSpace(postgres(), input.spaceSlug))),
    ),

  /** Price books that a space may be given, by currency. */
  priceBooks: platformProcedure.query(async () => {
    const { books } = await readPrices(postgres())
    return books.map(({ slug, currency }) => ({ slug, currency }))
  }),

  /** Makes a space; with a price book it is subscribed to it from this moment on. */
  create: platformProcedure
    .input(
      z.object({
        slug: Slug,
        name: DisplayName,
        currency: CurrencyCode,
        billingZone: BillingZone,
        priceBook: CatalogueKey.nullable().default(null),
        reason: ActReason,
      }),
    )
    .mutation(({ ctx, input: { priceBook, reason, ...facts } }) =>
      actsTold(async () => {
        const by = byOf(ctx, reason)
        const book = (await readPrices(postgres())).books.find(({ slug }) => slug === priceBook)
        if (priceBook !== null && book === undefined) throw new CatalogueRefused('not_found', 'No such price book')
        await actTogether(postgres(), async (tx) => {
          const { id: spaceId } = await createSpace(tx, { ...facts, by })
          if (book === undefined) return
          // begun at the moment that the form was sent, which is past when this is written
          const from = nowMicros()
          await setSubscription(tx, { by, spaceId, priceBookId: book.id, from, to: null, isBackDated: true })
        })
        return { slug: facts.slug }
      }),
    ),

  change: platformProcedure
    .input(SpaceSlug.extend({ name: DisplayName, currency: CurrencyCode, billingZone: BillingZone, reason: ActReason }))
    .mutation(({ ctx, input: { spaceSlug, reason, ...facts } }) =>
      actsTold(async () => {
        const { id } = await findSpace(postgres(), spaceSlug)
        await actTogether(postgres(), (tx) => changeSpace(tx, { id, ...facts, by: byOf(ctx, reason) }))
      }),
    ),

  archive: platformProcedure
    .input(SpaceSlug.extend({ isArchived: z.boolean(), reason: ActReason }))
    .mutation(({ ctx, input: { spaceSlug, isArchived, reason } }) =>
      actsTold(async () => {
        const { id } = await findSpace(postgres(), spaceSlug)
        await actTogether(postgres(), (tx) => archiveSpace(tx, { id, isArchived, by: byOf(ctx, reason) }))
      }),
    ),

  /** What the month that runs would come to with a discount, a minimum or a credit. Nothing is written. */
  tryTerm: platformProcedure
    .input(SpaceSlug.extend(TermMembers).superRefine(termFaults))
    .query(({ input }) => actsTold(() => tryTerm(postgres(), { asked: askedOf(input), asOf: nowMicros() }))),

  /** Agrees it, for whole months from the one that runs on. */
  agreeTerm: platformProcedure
    .input(SpaceSlug.extend({ ...TermMembers, reason: ActReason }).superRefine(termFaults))
    .mutation(({ ctx, input }) =>
      actsTold(() => agreeSpaceTerm(postgres(), { asked: askedOf(input), by: byOf(ctx, input.reason) })),
    ),

  /** Ends it with a month; a month that is over keeps it. */
  endTerm: platformProcedure
    .input(SpaceSlug.extend({ id: z.uuid(), from: InstantText, lastMonth: Month, reason: ActReason }))
    .mutation(({ ctx, input: { reason, from, ...asked } }) =>
      actsTold(() => endSpaceTerm(postgres(), { ...asked, from: instantOf(from), by: byOf(ctx, reason) })),
    ),

  /** What the space is billed by, for its admins. */
  settings: spaceProcedure('administer').query(({ ctx }) =>
    actsTold(async () => readSpaceSettings(postgres(), await findSpace(postgres(), ctx.access.space.slug))),
  ),

  rename: spaceProcedure('administer')
    .input(z.object({ name: DisplayName, reason: ActReason }))
    .mutation(({ ctx, input: { name, reason } }) =>
      actsTold(() =>
        actTogether(postgres(), (tx) => changeSpace(tx, { id: ctx.access.space.id, name, by: byOf(ctx, reason) })),
      ),
    ),
})
