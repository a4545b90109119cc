import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { personFrom } from '../../../../server/auth/current-person.ts'
import { appRouter } from '../../../../server/trpc/router.ts'

export const dynamic = 'force-dynamic'

const handle = (request: Request) =>
  fetchRequestHandler({
    endpoint: '/api/trpc',
    req: request,
    router: appRouter,
    createContext: async () => ({ person: await personFrom(request.headers) }),
    responseMeta: () => ({ headers: new Headers({ 'Cache-Control': 'no-store' }) }),
    onError: ({ error, path }) => {
      if (error.code === 'INTERNAL_SERVER_ERROR') console.error('tRPC failed', path, error.cause ?? error)
    },
  })

export { handle as GET, handle as POST }
