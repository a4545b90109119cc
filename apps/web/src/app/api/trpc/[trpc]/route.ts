import { randomUUID } from 'node:crypto'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { personFrom } from '../../../../server/auth/current-person.ts'
import { foreignRequest, refuseForeign } from '../../../../server/auth/foreign-request.ts'
import { trustedOrigins } from '../../../../server/auth/origins.ts'
import { getWebEnv } from '../../../../server/env.ts'
import { appRouter } from '../../../../server/trpc/router.ts'

export const dynamic = 'force-dynamic'

const handle = (request: Request): Response | Promise<Response> => {
  const foreign = foreignRequest(request, trustedOrigins(getWebEnv()))
  return foreign ? refuseForeign(foreign) : answer(request)
}

const answer = (request: Request) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: async () => ({
      person: await personFrom(request.headers),
      requestId: requestIdOf(request),
      headers: request.headers,
    }),
    responseMeta: () => ({ headers: new Headers({ 'Cache-Control': 'no-store' }) }),
    onError: ({ error, path }) => {
      if (error.code === 'INTERNAL_SERVER_ERROR') console.error('tRPC failed', path, error.cause ?? error)
    },
  })

/** The caller's own, if it is plain; else a new one. */
function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id') ?? ''
  return /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

export { handle as GET, handle as POST }
