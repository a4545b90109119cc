import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { CurrentPerson } from '../auth/current-person.ts'
import { findEventSight } from '../portal/find-event-sight.ts'
import { findSpaceAccess } from '../portal/stores.ts'
import { holdsRight, type SpaceRight } from './space-right.ts'

/** What every procedure knows of its caller. `lastEventId` and such travel in inputs, never here. */
export type Context = {
  person: CurrentPerson | null
  /** For the audit log. */
  requestId?: string
  /** The request's own, for what hands cookies on to better-auth; absent in tests. */
  headers?: Headers
}

/**
 * The right that a procedure demands, stated on the procedure itself and enforced from there. `within`: what of its input names the place in which it is
 * demanded. A procedure without it cannot be made: the builders below are the only ones, and a router refuses any other when it is loaded.
 */
export type ProcedureMeta = {
  right: SpaceRight | 'be signed in' | 'own account' | 'run the platform'
  within: 'nothing' | 'space' | 'app' | 'space or platform'
  /** May be called while looking on as somebody else, although it changes something: ending that. */
  whileLookingOn?: true
}

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
    errorFormatter: ({ shape, error, ctx }) => ({
      ...shape,
      // a fault's own message may carry a statement or an address; callers learn only the kind
      message: error.code === 'INTERNAL_SERVER_ERROR' ? 'The answer could not be computed' : shape.message,
      // by the id whoever runs the platform finds what happened
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus, requestId: ctx?.requestId ?? null },
    }),
  })

export const createCaller = trpc.createCallerFactory

/** A router of procedures that each state their right. Throws where one does not, so that the process does not start with it. */
export const router: typeof trpc.router = (procedures) => {
  refuseUnstated(procedures, '')
  return trpc.router(procedures)
}

function refuseUnstated(procedures: object, path: string): void {
  for (const [name, member] of Object.entries(procedures)) {
    const def = (member as { _def?: { procedure?: true; router?: true; meta?: Partial<ProcedureMeta> } })._def
    if (def?.router === true) continue
    if (def?.procedure !== true) refuseUnstated(member, `${path}${name}.`)
    else if (def.meta?.right === undefined || def.meta.within === undefined)
      throw new Error(`The procedure ${path}${name} states no right: make it with a builder of procedures.ts`)
  }
}

/** Decides what needs no place: who asks, whether they only look on, and the rights that hold everywhere. The builders add the place. */
function stated(statement: ProcedureMeta) {
  return trpc.procedure.meta(statement).use(({ ctx, meta, type, next }) => {
    if (!ctx.person) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in first' })
    const { person } = ctx
    const right = meta?.right
    if (right === undefined) throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'states no right' })
    if (person.viewedBy && (type === 'mutation' || right === 'own account') && meta?.whileLookingOn !== true)
      throw new TRPCError({ code: 'FORBIDDEN', message: `You look on as ${person.name}: nothing can be changed` })
    if (right === 'run the platform' && !person.isPlatformAdmin)
      throw new TRPCError({ code: 'FORBIDDEN', message: 'This needs an admin of the platform' })
    return next({ ctx: { person } })
  })
}

/** For anyone with a session. */
export const personProcedure = stated({ right: 'be signed in', within: 'nothing' })

/** For what is a person's own and nobody else's: their sessions, their password. Never for who looks on as them. */
export const accountProcedure = stated({ right: 'own account', within: 'nothing' })

/** For those who run the platform: the catalogue, all spaces, the pipeline. */
export const platformProcedure = stated({ right: 'run the platform', within: 'nothing' })

/** For who looks on as somebody else, to stop. */
export const lookingOnProcedure = stated({ right: 'be signed in', within: 'nothing', whileLookingOn: true })

/**
 * For whoever holds `right` in the space named by the input. The one way to a space's data: a space the person is no member of is
 * NOT_FOUND, exactly as one that does not exist. `ctx.access.apps` are the apps they may see, and all they may see.
 */
export function spaceProcedure(right: SpaceRight) {
  return placedProcedure({ right, within: 'space' })
}

function placedProcedure(statement: { right: SpaceRight; within: 'space' | 'app' }) {
  const { right } = statement
  return stated(statement)
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
  return stated({ right, within: 'space or platform' })
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
  return placedProcedure({ right, within: 'app' })
    .input(z.object({ app: z.string().min(1).max(100) }))
    .use(({ ctx, input, next }) => {
      const app = ctx.access.apps.find((candidate) => candidate.slug === input.app)
      if (!app) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such app in this developer space' })
      return next({ ctx: { app } })
    })
}
