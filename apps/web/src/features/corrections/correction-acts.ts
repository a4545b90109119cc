'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTRPC } from '../portal/trpc.ts'
import type { AskedView, PlaceView, TrialView } from './correction-view.ts'

/** An act upon events, or the taking of a conflict instead of the event that came first. */
export type AskedAct = AskedView | { instead: PlaceView }

/** An act as a page does it: tried out, then done by one person or proposed to a second one. */
export function useCorrectionActs(space: string | null, asked: AskedAct) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const { corrections } = trpc
  const acts = {
    tryOut: useMutation(corrections.tryOut.mutationOptions()),
    perform: useMutation(corrections.perform.mutationOptions()),
    propose: useMutation(corrections.propose.mutationOptions()),
    tryInstead: useMutation(corrections.tryInstead.mutationOptions()),
    takeInstead: useMutation(corrections.takeInstead.mutationOptions()),
    proposeInstead: useMutation(corrections.proposeInstead.mutationOptions()),
  }
  const within = space === null ? {} : { space }
  const refresh = async () => {
    for (const queryKey of [trpc.quarantine.pathKey(), corrections.pathKey(), trpc.proposals.pathKey()])
      await queryClient.invalidateQueries({ queryKey })
  }
  return {
    tryOut: (): Promise<TrialView> =>
      'instead' in asked
        ? acts.tryInstead.mutateAsync({ ...within, ...asked.instead })
        : acts.tryOut.mutateAsync({ ...within, ...asked }),
    async propose(consent: { id: string; reason: string }) {
      if ('instead' in asked) await acts.proposeInstead.mutateAsync({ ...within, ...asked.instead, ...consent })
      else await acts.propose.mutateAsync({ ...within, ...asked, ...consent })
      await refresh()
    },
    /** `expected`: the number of events that the trial showed. */
    async perform(consent: { id: string; reason: string; expected: number }) {
      const { expected, ...rest } = consent
      const done =
        'instead' in asked
          ? await acts.takeInstead.mutateAsync({ ...within, ...asked.instead, ...rest })
          : await acts.perform.mutateAsync({ ...within, ...asked, ...rest, expected })
      if (!done.ok) throw new Error('The new contents are not valid.')
      await refresh()
    },
  }
}
