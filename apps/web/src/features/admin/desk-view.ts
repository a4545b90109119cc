import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

type Desk = inferRouterOutputs<AppRouter>['desk']
export type DeskView = Desk['overview']
export type SpacePeriodsView = Desk['periods']['spaces'][number]
export type PeriodView = SpacePeriodsView['periods'][number]
export type ReconciliationView = Desk['reconciliation']
export type PipelineView = Desk['pipeline']
