import { z } from 'zod'
import { AskedBackdate, backdateText } from '../backdating/asked-backdate.ts'
import { backdateKind } from '../backdating/backdate-kind.ts'
import { tryBackdate } from '../backdating/try-backdate.ts'
import { eventStores, postgres } from '../portal/stores.ts'
import { propose } from '../proposals/propose.ts'
import { GivenReason, nowMicros } from './act-input.ts'
import { actsTold } from './acts-told.ts'
import { platformProcedure, router } from './procedures.ts'

/** Changes of the catalogue that begin in the past: nobody makes one alone. */
export const backdatingRouter = router({
  /** What one would change. A mutation that writes nothing. */
  tryOut: platformProcedure
    .input(z.object({ asked: AskedBackdate }))
    .mutation(({ input: { asked } }) =>
      actsTold(async () => (await tryBackdate(eventStores(), { asked, now: nowMicros() })).effect),
    ),

  /** Asks for it; it is done when another admin of the platform approves it. Answers with the proposal's id. */
  propose: platformProcedure
    .input(
      z.object({
        asked: AskedBackdate,
        id: z.uuid().optional(),
        reason: GivenReason,
      }),
    )
    .mutation(({ ctx, input: { asked, id, reason } }) =>
      actsTold(async () => {
        const { effect, spaceId } = await tryBackdate(eventStores(), { asked, now: nowMicros() })
        const proposedBy = { id: ctx.person.id, name: ctx.person.name }
        const draft = { kind: backdateKind.kind, spaceId, payload: backdateText(asked), effect, reason, proposedBy }
        const requestId = ctx.requestId ?? null
        return { id: await propose(postgres(), { ...(id === undefined ? {} : { id }), ...draft, requestId }) }
      }),
    ),
})
