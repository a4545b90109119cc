import { CatalogueKey } from '@meterbook/core/catalogue'
import { BillingZone, CurrencyCode, DisplayName, Slug } from '@meterbook/core/catalogue-file'
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
import { ActReason, byOf, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { platformProcedure, router, spaceProcedure } from './procedures.ts'

const SpaceSlug = z.object({ spaceSlug: z.string().min(1).max(100) })

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
