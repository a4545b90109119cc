'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { inferRouterInputs } from '@trpc/server'
import { Notice } from '../../components/ui/notice.tsx'
import { formatInstants } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'
import { EffectLines } from '../proposals/effect-lines.tsx'

export type AskedBackdate = inferRouterInputs<AppRouter>['backdating']['tryOut']['asked']

/** What stands on the button that saves, where what is asked for begins in the past. */
export const PROPOSE_LABEL = 'Propose it to a second person'

/** A change of the past: its effect, as something to show, and the proposal of it. The reason is for whoever decides, so it has to be given. */
export function useBackdating() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const trial = useMutation(trpc.backdating.tryOut.mutationOptions())
  const proposal = useMutation(trpc.backdating.propose.mutationOptions())
  return {
    async show(asked: AskedBackdate) {
      const { summary, lines } = await trial.mutateAsync({ asked })
      return (
        <>
          <Notice tone="warning" title="It begins in the past: another person has to approve it">
            {formatInstants(summary, 'UTC')} It waits under Proposals until then.
          </Notice>
          <EffectLines lines={lines} />
        </>
      )
    },
    async propose(asked: AskedBackdate, reason: string) {
      await proposal.mutateAsync({ asked, reason })
      await queryClient.invalidateQueries({ queryKey: trpc.proposals.pathKey() })
    },
  }
}

/** Throws, beside the field, where a change of the past comes without its reason. */
export function demandReason(reason: string): void {
  if (reason !== '') return
  const message = 'Expected why it begins in the past, found nothing.'
  throw new Error(JSON.stringify([{ path: ['reason'], message }]))
}
