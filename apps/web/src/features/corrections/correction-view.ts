// Corrections: acts upon events, shown before they are done, done with a reason, listed with what they did.
// Promises: nothing is done before its effect was on the screen; what moves much goes to a second person.
// Does not know: how an effect is worked out; every figure is the server's own text.
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

type Corrections = inferRouterOutputs<AppRouter>['corrections']
export type AskedView = Pick<inferRouterInputs<AppRouter>['corrections']['tryOut'], 'act' | 'on'>
/** Where one event stands. */
export type PlaceView = { app: string; batch: string; pos: number }
export type TrialView = Corrections['tryOut']
export type EffectView = Extract<TrialView, { ok: true }>['effect']
export type CorrectionView = Corrections['list']['corrections'][number]
