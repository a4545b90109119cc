'use client'
// Portal: what every page inside a space shares: the query cache, the one event stream, whether it is paused.
// Promises: one stream a page; hidden tabs hold none; whoever comes back looks at everything once, so no gap stays.
// Does not know: which figures a page shows.
import { QueryClientProvider } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import { type ReactNode, useState } from 'react'
import type { AppRouter } from '../../server/trpc/router.ts'
import { LiveProvider } from '../live/live-provider.tsx'
import { createQueryClient } from './query-client.ts'
import { TRPCProvider } from './trpc.ts'

const URL = '/api/trpc'
/** What a page is opened for. Of a batch nothing is answered before all of it is: these wait for nothing that stands beside them. */
const FIGURES = ['appUsage', 'spaceUsage', 'explore.usage', 'explore.cost', 'overview.month']

/** `space`: whose news are listened to; the pages of the platform have none. */
export function PortalProvider({ space, children }: { space?: string; children: ReactNode }) {
  const [queryClient] = useState(createQueryClient)
  const [client] = useState(() =>
    createTRPCClient<AppRouter>({
      links: [
        splitLink({
          condition: (operation) => operation.type === 'subscription',
          true: httpSubscriptionLink({ url: URL }),
          false: splitLink({
            condition: ({ path }) => FIGURES.includes(path),
            true: httpLink({ url: URL }),
            false: httpBatchLink({ url: URL }),
          }),
        }),
      ],
    }),
  )
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {space === undefined ? children : <LiveProvider space={space}>{children}</LiveProvider>}
      </TRPCProvider>
    </QueryClientProvider>
  )
}
