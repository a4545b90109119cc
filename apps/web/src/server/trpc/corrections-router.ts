import type { ActName } from '@meterbook/core/event'
import type { Verdict } from '@meterbook/core/projection'
import { z } from 'zod'
import type { CurrentPerson } from '../auth/current-person.ts'
import { approvalOf } from '../corrections/approval.ts'
import { AskedCorrection, CorrectionConsent, CorrectionRefused, EventPlace } from '../corrections/asked-correction.ts'
import { type CorrectionAsker, perform, type Trial, tryOut } from '../corrections/correct.ts'
import { askedText, correctionKind, effectOfTrial } from '../corrections/propose-correction.ts'
import { insteadKind } from '../corrections/propose-instead.ts'
import { readCorrection, readCorrections } from '../corrections/read-corrections.ts'
import { takeInstead, tryInstead } from '../corrections/take-instead.ts'
import { getWebEnv } from '../env.ts'
import { sightOfApp } from '../events/event-sight.ts'
import type { SeenEvents } from '../portal/find-event-sight.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { propose } from '../proposals/propose.ts'
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
      return refusalsTold(async () => {
        const trial = await tryOut(eventStores(), { asker: askerOf(ctx), asked: input })
        if (!trial.ok) return trial
        return approvable(ctx.person, { trial, acts: [input.act] })
      })
    }),

  /** Does it: with a reason, and an id of the caller's under which it is done once. */
  perform: sightProcedure('replay events')
    .input(AskedCorrection.extend(CorrectionConsent.shape))
    .mutation(({ ctx, input }) => {
      ctx.demand(RIGHT_OF[input.act])
      const { act, on, ...consent } = input
      return refusalsTold(() =>
        perform(eventStores(), {
          asker: askerOf(ctx),
          asked: { act, on },
          consent,
          receivedAt: now(),
          requestId: ctx.requestId ?? null,
          above: getWebEnv().approvalAbove,
        }),
      )
    }),

  /** Asks for what needs a second person; it is done when another admin of the platform approves it. Answers with the proposal's id. */
  propose: sightProcedure('correct usage')
    .input(AskedCorrection.extend(CorrectionConsent.omit({ expected: true }).shape))
    .mutation(({ ctx, input }) => {
      const { act, on, id, reason, space } = input
      return refusalsTold(async () => {
        const trial = await tryOut(eventStores(), { asker: askerOf(ctx), asked: { act, on } })
        if (!trial.ok) throw new CorrectionRefused('invalid', 'The new contents are not valid: try it out first')
        const proposal = await propose(postgres(), {
          id,
          kind: correctionKind.kind,
          spaceId: ctx.sight.spaceId,
          payload: { space: space ?? null, asked: askedText({ act, on }), expected: trial.targets },
          effect: effectOfTrial(act, trial),
          reason,
          proposedBy: { id: ctx.person.id, name: ctx.person.name },
          requestId: ctx.requestId ?? null,
        })
        return { proposal }
      })
    }),

  /** Of a conflict: what taking it instead of the first would change. */
  tryInstead: sightProcedure('correct usage')
    .input(EventPlace)
    .mutation(({ ctx, input }) =>
      refusalsTold(async () => {
        const { app, batch, pos } = input
        const conflict = { app, batch, pos }
        const { acts, ...trial } = await tryInstead(eventStores(), { asker: askerOf(ctx), conflict })
        return approvable(ctx.person, { trial, acts })
      }),
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
          requestId: ctx.requestId ?? null,
          above: getWebEnv().approvalAbove,
        }),
      )
    }),

  /** Asks for what needs a second person. Answers with the proposal's id. */
  proposeInstead: sightProcedure('correct usage')
    .input(EventPlace.extend(CorrectionConsent.omit({ expected: true }).shape))
    .mutation(({ ctx, input }) => {
      const { id, reason, app, batch, pos, space = null } = input
      return refusalsTold(async () => {
        const conflict = { app, batch, pos }
        const trial = await tryInstead(eventStores(), { asker: askerOf(ctx), conflict })
        const proposal = await propose(postgres(), {
          id,
          kind: insteadKind.kind,
          spaceId: ctx.sight.spaceId,
          payload: { space, conflict: { ...conflict, batch: batch.toString() } },
          effect: effectOfTrial('take another content for', trial),
          reason,
          proposedBy: { id: ctx.person.id, name: ctx.person.name },
          requestId: ctx.requestId ?? null,
        })
        return { proposal }
      })
    }),

  /** Newest first; `after`: the id of the last one seen. */
  list: sightProcedure('find events')
    .input(
      z.object({
        app: z.string().min(1).max(100).optional(),
        after: z.uuid().optional(),
        /** The same, as pages that go on ask for it. */
        cursor: z.uuid().optional(),
        limit: z.int().min(1).max(100).default(50),
      }),
    )
    .query(({ ctx, input }) =>
      refusalsTold(async () => {
        const named = input.app === undefined ? undefined : sightOfApp(ctx.sight, input.app)
        if (named === null) throw new CorrectionRefused('not_found', 'No such app')
        const { after = input.cursor, limit } = input
        return readCorrections(eventStores(), { ...ctx, app: named?.app, after, limit })
      }),
    ),

  /** One correction, and what it did. */
  find: sightProcedure('find events')
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input }) => refusalsTold(() => readCorrection(eventStores(), { ...ctx, id: input.id }))),
})

/** A trial with whether it takes a second person. Whose money it is in other spaces is nobody's to read here. */
async function approvable(
  person: CurrentPerson,
  { trial, acts }: { trial: Extract<Trial, { ok: true }>; acts: readonly ActName[] },
) {
  const { amounts, untold } = trial.money
  const asked = { acts, money: trial.money, actorId: person.id, above: getWebEnv().approvalAbove }
  return { ...trial, money: { amounts, untold }, approval: await approvalOf(postgres(), asked) }
}

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
