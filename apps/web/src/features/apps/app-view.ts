import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

export type AppView = inferRouterOutputs<AppRouter>['apps']['find']
export type AppPlace = { space: string; app: string }
