import type { ActName } from '@meterbook/core/event'
import type { Verdict } from '@meterbook/core/projection'
import { z } from 'zod'
import type { CurrentPerson } from '../auth/current-person.ts'
import { AskedCorrection, CorrectionConsent, CorrectionRefused, EventPlace } from '../corrections/asked-correction.ts'
import { type CorrectionAsker, perform, tryOut } from '../corrections/correct.ts'
import { readCorrection, readCorrections } from '../corrections/read-corrections.ts'
import { takeInstead, tryInstead } from '../corrections/take-instead.ts'
import { sightOfApp } from '../events/event-sight.ts'
import type { SeenEvents } from '../portal/find-event-sight.ts'
import { eventStores } from '../portal/stores.ts'
import { router, sightProcedure } from './procedures.ts'
import { holdsRight, type SpaceRight } from './space-right.ts'
import { refusalsTold } from './told-refusal.ts'

/** Who may cure what is held may not touch what counts; that is for who runs the platform. */
const RIGHT_OF: Record<ActName, SpaceRight> = {
  replay: 'replay events',
  dismiss: 'dismiss events',
  cancel: 'correct usage',
  amend: 'correct usage',
  reattribute: 'correct usage',
}

/** Mutations that write nothing are mutations all the same: what they are asked does not fit into an address. */
export const correctionsRouter = router({
  /** What an act would change, and how many events it does not fit. */
  tryOut: sightProcedure('replay events')
    .input(AskedCorrection)
    .mutation(({ ctx, input }) => {
      ctx.demand(RIGHT_OF[input.act])
      return refusalsTold(() => tryOut(eventStores(), { asker: askerOf(ctx), asked: input }))
    }),

  /** Does it: with a reason, and an id of the caller's under which it is done once. */
  perform: sightProcedure('replay events')
    .input(AskedCorrection.extend(CorrectionConsent.shape))
    .mutation(({ ctx, input }) => {
      ctx.demand(RIGHT_OF[input.act])
      const { act, on, ...consent } = input
      return refusalsTold(() =>
        perform(eventStores(), { asker: askerOf(ctx), asked: { act, on }, consent, receivedAt: now() }),
      )
    }),

  /** Of a conflict: what taking it instead of the first would change. */
  tryInstead: sightProcedure('correct usage')
    .input(EventPlace)
    .mutation(({ ctx, input }) =>
      refusalsTold(() => tryInstead(eventStores(), { asker: askerOf(ctx), conflict: input })),
    ),

  takeInstead: sightProcedure('correct usage')
    .input(EventPlace.extend(CorrectionConsent.omit({ expected: true }).shape))
    .mutation(({ ctx, input }) => {
      const { id, reason, app, batch, pos } = input
      return refusalsTold(() =>
        takeInstead(eventStores(), {
          asker: askerOf(ctx),
          conflict: { app, batch, pos },
          consent: { id, reason },
          receivedAt: now(),
        }),
      )
    }),

  /** Newest first; `after`: the id of the last one seen. */
  list: sightProcedure('find events')
    .input(
      z.object({
        app: z.string().min(1).max(100).optional(),
        after: z.uuid().optional(),
        limit: z.int().min(1).max(100).default(50),
      }),
    )
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const named = input.app === undefined ? undefined : sightOfApp(ctx.sight, input.app)
        if (named === null) throw new CorrectionRefused('not_found', 'No such app')
        const { after, limit } = input
        return readCorrections(eventStores(), { ...ctx, app: named?.app, after, limit })
      }),
    ),

  /** One correction, and what it did. */
  find: sightProcedure('find events')
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input }) => refusalsTold(() => readCorrection(eventStores(), { ...ctx, id: input.id }))),
})

function askerOf(ctx: SeenEvents & { person: CurrentPerson }): CorrectionAsker {
  const { sight, correctionSight, person } = ctx
  return { sight, correctionSight, actor: { id: person.id, name: person.name }, verdicts: touchable(ctx) }
}

/** Nobody undoes by replaying what a stronger hand decided: a developer replays what is held, an admin also what was dismissed. */
function touchable(ctx: SeenEvents): readonly Verdict[] {
  if (holdsRight(ctx, 'correct usage')) {
    return ['counted', 'duplicate', 'conflict', 'quarantined', 'cancelled', 'dismissed']
  }
  return holdsRight(ctx, 'dismiss events') ? ['quarantined', 'conflict', 'dismissed'] : ['quarantined']
}

function now(): bigint {
  return BigInt(Date.now()) * 1000n
}
