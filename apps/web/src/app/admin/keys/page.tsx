import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { ServiceKeysPage } from '../../../features/keys/service-keys-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Service keys' }

export default async function AdminKeysPage() {
  await requirePlatform()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.prefetchQuery(trpc.keys.services.queryOptions())])
  return (
    <HydrationBoundary state={dehydrated()}>
      <ServiceKeysPage />
    </HydrationBoundary>
  )
}
