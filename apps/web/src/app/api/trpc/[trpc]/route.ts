import { randomUUID } from 'node:crypto'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { personFrom } from '../../../../server/auth/current-person.ts'
import { appRouter } from '../../../../server/trpc/router.ts'

export const dynamic = 'force-dynamic'

const handle = (request: Request) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: async () => ({ person: await personFrom(request.headers), requestId: requestIdOf(request) }),
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
