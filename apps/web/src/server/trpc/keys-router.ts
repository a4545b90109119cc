import { TRPCError } from '@trpc/server'
import { KeyTermsInput, RevocationInput, RotationInput } from '../keys/key-terms-input.ts'
import { createKey, endKey, KeyRefused, readKeys, replaceKey } from '../keys/manage-keys.ts'
import { readChoices } from '../keys/read-choices.ts'
import { sendTestEvent, TestEventInput } from '../keys/send-test-event.ts'
import { postgres } from '../portal/stores.ts'
import { appProcedure, platformProcedure, router, spaceProcedure } from './procedures.ts'

/** An app that has moved away is still seen, for its past; its keys are its present owner's. */
const ownedAppProcedure = appProcedure('manage keys').use(({ ctx, next }) => {
  if (!ctx.app.isOwned) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such app in this developer space' })
  return next({ ctx: { owner: { app: ctx.app, spaceId: ctx.access.space.id } } })
})

export const keysRouter = router({
  /** The keys of the apps that the caller sees and the space owns now, the newest first. */
  list: spaceProcedure('manage keys').query(({ ctx }) =>
    readKeys(
      postgres(),
      ctx.access.apps.filter(({ isOwned }) => isOwned),
    ),
  ),

  /** What the page's forms offer. */
  choices: spaceProcedure('manage keys').query(async ({ ctx }) => {
    const apps = ctx.access.apps.filter(({ isOwned }) => isOwned)
    const choices = await readChoices(postgres(), { appIds: apps.map(({ id }) => id) })
    return { ...choices, apps: apps.map(({ slug, name }) => ({ slug, name })) }
  }),

  /** `key`: its text, in this answer and never again. */
  create: ownedAppProcedure
    .input(KeyTermsInput)
    .mutation(({ ctx, input }) =>
      told(() => createKey(postgres(), { owner: ctx.owner, terms: termsOf(input), actor: actorOf(ctx) })),
    ),

  rotate: ownedAppProcedure
    .input(RotationInput)
    .mutation(({ ctx, input }) =>
      told(() => replaceKey(postgres(), { owner: ctx.owner, rotation: input, actor: actorOf(ctx) })),
    ),

  revoke: ownedAppProcedure
    .input(RevocationInput)
    .mutation(({ ctx, input }) =>
      told(() => endKey(postgres(), { owner: ctx.owner, revocation: input, actor: actorOf(ctx) })),
    ),

  /** One event by the way of all events, flagged and never billed; `events.find` tells its verdict. */
  sendTest: ownedAppProcedure.input(TestEventInput).mutation(({ ctx, input }) =>
    sendTestEvent(postgres(), {
      app: ctx.app,
      spaceId: ctx.access.space.id,
      event: input,
      actor: actorOf(ctx),
    }),
  ),

  services: platformProcedure.query(() => readKeys(postgres(), null)),

  createService: platformProcedure
    .input(KeyTermsInput)
    .mutation(({ ctx, input }) =>
      told(() => createKey(postgres(), { owner: null, terms: input, actor: actorOf(ctx) })),
    ),

  rotateService: platformProcedure
    .input(RotationInput)
    .mutation(({ ctx, input }) =>
      told(() => replaceKey(postgres(), { owner: null, rotation: input, actor: actorOf(ctx) })),
    ),

  revokeService: platformProcedure
    .input(RevocationInput)
    .mutation(({ ctx, input }) =>
      told(() => endKey(postgres(), { owner: null, revocation: input, actor: actorOf(ctx) })),
    ),
})

function termsOf({ space: _, app: __, ...terms }: KeyTermsInput & { space: string; app: string }): KeyTermsInput {
  return terms
}

function actorOf(ctx: { person: { id: string }; requestId?: string | undefined }) {
  return { id: ctx.person.id, requestId: ctx.requestId ?? null }
}

async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw error
    throw new TRPCError({ code: error.code === 'not_found' ? 'NOT_FOUND' : 'CONFLICT', message: error.message })
  }
}
