import { z } from 'zod'
import { personActs } from '../people/person-acts.ts'
import { spacePeople } from '../people/space-people.ts'
import { GivenReason } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { lookingOnProcedure, platformProcedure, router, spaceProcedure } from './procedures.ts'

/** What somebody is, or shall be, in a space. `apps`: slugs of the apps a developer contributes to. */
const Rights = z.object({
  role: z.enum(['viewer', 'developer', 'admin']),
  isBillingAdmin: z.boolean(),
  apps: z.array(z.string().min(1).max(100)).max(1_000).default([]),
})
const Id = z.object({ id: z.uuid() })
const PersonId = z.object({ personId: z.string().min(1).max(100) })

/** The people of a space, for its admins; and of the platform, for those who run it. */
export const peopleRouter = router({
  members: spaceProcedure('administer').query(({ ctx }) => spacePeople(ctx).list()),

  invite: spaceProcedure('administer')
    .input(Rights.extend({ email: z.email({ error: 'expected an e-mail address' }).max(254) }))
    .mutation(({ ctx, input }) => actsTold(() => spacePeople(ctx).invite(input))),

  resendInvitation: spaceProcedure('administer')
    .input(Id)
    .mutation(({ ctx, input }) => actsTold(() => spacePeople(ctx).resend(input.id))),

  revokeInvitation: spaceProcedure('administer')
    .input(Id)
    .mutation(({ ctx, input }) => actsTold(() => spacePeople(ctx).revoke(input.id))),

  changeMember: spaceProcedure('administer')
    .input(Rights.extend(PersonId.shape))
    .mutation(({ ctx, input }) => actsTold(() => spacePeople(ctx).change(input))),

  /** In force with the answer: their next request is refused, their open streams end. */
  removeMember: spaceProcedure('administer')
    .input(PersonId.extend({ reason: GivenReason.nullable().default(null) }))
    .mutation(({ ctx, input }) => actsTold(() => spacePeople(ctx).remove(input))),

  /** People of the platform by a part of their name or address. */
  find: platformProcedure
    .input(
      z.object({
        text: z.string().max(200).default(''),
        isPlatformAdmin: z.boolean().optional(),
        cursor: z.string().max(254).optional(),
        limit: z.int().min(1).max(100).default(50),
      }),
    )
    .query(({ ctx, input: { cursor: after, ...asked } }) => personActs(ctx).find({ ...asked, after })),

  setPlatformAdmin: platformProcedure
    .input(PersonId.extend({ isPlatformAdmin: z.boolean(), reason: GivenReason }))
    .mutation(({ ctx, input }) => actsTold(() => personActs(ctx).setPlatformAdmin(input))),

  /** From the next request on, this session sees what that person sees, and can change nothing. */
  beginLookingOn: platformProcedure
    .input(PersonId.extend({ reason: GivenReason, minutes: z.int().min(5).max(60).default(15) }))
    .mutation(({ ctx, input }) => actsTold(() => personActs(ctx).beginLookingOn(input))),

  endLookingOn: lookingOnProcedure.mutation(({ ctx }) => actsTold(() => personActs(ctx).endLookingOn())),
})
