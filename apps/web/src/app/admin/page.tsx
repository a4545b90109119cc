import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { DeskPage } from '../../features/admin/desk-page.tsx'
import { pageQueries, settleReads } from '../../server/portal/page-data.ts'
import { requirePlatform } from '../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Desk' }

export default async function AdminDeskPage() {
  await requirePlatform()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.prefetchQuery(trpc.desk.overview.queryOptions())])
  return (
    <HydrationBoundary state={dehydrated()}>
      <DeskPage />
    </HydrationBoundary>
  )
}
