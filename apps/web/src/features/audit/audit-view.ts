import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

/** One entry of the log as the server tells it. */
export type AuditText = inferRouterOutputs<AppRouter>['audit']['list']['entries'][number]
