import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { QueuesPage } from '../../../features/pipeline/queues-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Queues' }

export default async function AdminQueuesPage() {
  await requirePlatform()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.prefetchQuery(trpc.desk.queues.queryOptions())])
  return (
    <HydrationBoundary state={dehydrated()}>
      <QueuesPage />
    </HydrationBoundary>
  )
}
