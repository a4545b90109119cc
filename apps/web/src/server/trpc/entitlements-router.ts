import { InstantText } from '@meterbook/core/catalogue'
import { actTogether, endEntitlement, grantEntitlements } from '@meterbook/db/postgres/catalogue-acts'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { AskedRights, askedText } from '../entitlements/asked-grant.ts'
import { BACKDATE_KIND, backdateEffect } from '../entitlements/backdate-proposal.ts'
import { readGaps } from '../entitlements/read-gaps.ts'
import { readRights } from '../entitlements/read-rights.ts'
import { tryGrant } from '../entitlements/try-grant.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { propose } from '../proposals/propose.ts'
import { ActReason, byOf, GivenReason, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { platformProcedure, router } from './procedures.ts'

const Slug = z.string().min(1).max(100)

export const entitlementsRouter = router({
  /** Apps with their rights; of one space, or one app, by slug. */
  list: platformProcedure
    .input(z.object({ spaceSlug: Slug.optional(), appSlug: Slug.optional() }))
    .query(({ input: { spaceSlug: space, appSlug: app } }) => readRights(postgres(), { space, app, now: nowMicros() })),

  /** What is missing or double in the catalogue, the most money first. */
  gaps: platformProcedure.query(() => readGaps(eventStores(), { now: nowMicros() })),

  /** What giving rights would come to. A mutation that writes nothing. */
  tryGrant: platformProcedure
    .input(AskedRights)
    .mutation(({ input }) => actsTold(() => tryGrant(eventStores(), { asked: input, now: nowMicros() }))),

  /** Gives rights from now on. */
  grant: platformProcedure
    .input(AskedRights.extend({ reason: ActReason }))
    .mutation(({ ctx, input: { reason, ...asked } }) =>
      actsTold(async () => {
        const by = byOf(ctx, reason)
        const { rights } = await actTogether(postgres(), (tx) =>
          grantEntitlements(tx, { ...asked, by, isBackDated: false }),
        )
        return { rights: rights.length }
      }),
    ),

  /** Asks for rights in the past, which another person has to approve. */
  proposeGrant: platformProcedure
    .input(
      AskedRights.extend({
        id: z.uuid().optional(),
        reason: GivenReason,
      }),
    )
    .mutation(({ ctx, input: { id, reason, ...asked } }) =>
      actsTold(async () => {
        const trial = await tryGrant(eventStores(), { asked, now: nowMicros() })
        if (trial.rights === 0)
          throw new TRPCError({ code: 'CONFLICT', message: 'expected rights that are missing, found none' })
        const { id: personId, name } = ctx.person
        const [spaceId = null, ...others] = trial.spaceIds
        return {
          id: await propose(postgres(), {
            ...(id === undefined ? {} : { id }),
            ...{ kind: BACKDATE_KIND, spaceId: others.length > 0 ? null : spaceId, payload: askedText(asked) },
            ...{
              effect: backdateEffect(trial),
              reason,
              proposedBy: { id: personId, name },
              requestId: ctx.requestId ?? null,
            },
          }),
        }
      }),
    ),

  /** Ends a right, from now on. */
  end: platformProcedure
    .input(z.object({ entitlementId: z.uuid(), at: InstantText, reason: ActReason }))
    .mutation(({ ctx, input: { entitlementId, at, reason } }) =>
      actsTold(() =>
        actTogether(postgres(), (tx) =>
          endEntitlement(tx, { by: byOf(ctx, reason), entitlementId, at, isBackDated: false }),
        ),
      ),
    ),
})
