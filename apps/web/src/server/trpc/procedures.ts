import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { CurrentPerson } from '../auth/current-person.ts'
import { findEventSight } from '../portal/find-event-sight.ts'
import { findSpaceAccess } from '../portal/stores.ts'
import { holdsRight, type SpaceRight } from './space-right.ts'

/** What every procedure knows of its caller. `lastEventId` and such travel in inputs, never here. */
export type Context = { person: CurrentPerson | null /** For the audit log. */; requestId?: string }

/** The right a procedure demands, stated on the procedure itself; a test walks the router and finds any that states none. */
export type ProcedureMeta = { right: SpaceRight | 'signed-in' | 'run the platform' }

const STREAM_MS_MAX = 5 * 60_000
const STREAM_PING_MS = 15_000

const trpc = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    sse: {
      // a stream is cut now and then and opened again by the browser, which is when rights are looked at anew
      maxDurationMs: STREAM_MS_MAX,
      ping: { enabled: true, intervalMs: STREAM_PING_MS },
      client: { reconnectAfterInactivityMs: STREAM_PING_MS * 2 },
    },
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      // a fault's own message may carry a statement or an address; callers learn only the kind
      message: error.code === 'INTERNAL_SERVER_ERROR' ? 'The answer could not be computed' : shape.message,
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus },
    }),
  })

export const router = trpc.router
export const createCaller = trpc.createCallerFactory

/** For anyone with a session. */
export const personProcedure = trpc.procedure.meta({ right: 'signed-in' }).use(({ ctx, next }) => {
  if (!ctx.person) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in first' })
  return next({ ctx: { person: ctx.person } })
})

/** For those who run the platform: the catalogue, all spaces, the pipeline. */
export const platformProcedure = personProcedure.meta({ right: 'run the platform' }).use(({ ctx, next }) => {
  if (!ctx.person.isPlatformAdmin)
    throw new TRPCError({ code: 'FORBIDDEN', message: 'This needs an admin of the platform' })
  return next()
})

/**
 * For whoever holds `right` in the space named by the input. The one way to a space's data: a space the person is no member of is
 * NOT_FOUND, exactly as one that does not exist. `ctx.access.apps` are the apps they may see, and all they may see.
 */
export function spaceProcedure(right: SpaceRight) {
  return personProcedure
    .meta({ right })
    .input(z.object({ space: z.string().min(1).max(100) }))
    .use(async ({ ctx, input, next }) => {
      const access = await findSpaceAccess({ person: ctx.person, spaceSlug: input.space })
      if (!access) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such developer space' })
      if (!holdsRight(access, right))
        throw new TRPCError({ code: 'FORBIDDEN', message: `This needs the right to ${right}` })
      return next({ ctx: { access } })
    })
}

/**
 * For whoever holds `right` in the space that the input names, or, where it names none, runs the platform. `ctx.sight`: the events they may
 * see, which is all that a procedure may read; `ctx.demand` refuses them a further right.
 */
export function sightProcedure(right: SpaceRight) {
  return personProcedure
    .meta({ right })
    .input(z.object({ space: z.string().min(1).max(100).optional() }))
    .use(async ({ ctx, input, next }) => {
      const seen = await findEventSight({ person: ctx.person, spaceSlug: input.space })
      if (seen === 'no such space') throw new TRPCError({ code: 'NOT_FOUND', message: 'No such developer space' })
      if (seen === 'needs a space') throw new TRPCError({ code: 'FORBIDDEN', message: 'Name a developer space' })
      const demand = (more: SpaceRight) => {
        if (holdsRight(seen, more)) return
        throw new TRPCError({ code: 'FORBIDDEN', message: `This needs the right to ${more}` })
      }
      demand(right)
      return next({ ctx: { ...seen, demand } })
    })
}

/** spaceProcedure for one app of that space, named by its slug. An app out of sight is NOT_FOUND. */
export function appProcedure(right: SpaceRight) {
  return spaceProcedure(right)
    .input(z.object({ app: z.string().min(1).max(100) }))
    .use(({ ctx, input, next }) => {
      const app = ctx.access.apps.find((candidate) => candidate.slug === input.app)
      if (!app) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such app in this developer space' })
      return next({ ctx: { app } })
    })
}
