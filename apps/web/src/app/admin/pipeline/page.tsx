import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PipelinePage } from '../../../features/pipeline/pipeline-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Pipeline' }

export default async function AdminPipelinePage() {
  await requirePlatform()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.prefetchQuery(trpc.desk.pipeline.queryOptions())])
  return (
    <HydrationBoundary state={dehydrated()}>
      <PipelinePage />
    </HydrationBoundary>
  )
}
