import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { SpacesDesk } from '../../../features/spaces/spaces-desk.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Developer spaces' }

export default async function AdminSpacesPage() {
  await requirePlatform()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.fetchQuery(trpc.developerSpaces.list.queryOptions()),
    queryClient.fetchQuery(trpc.developerSpaces.priceBooks.queryOptions()),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpacesDesk />
    </HydrationBoundary>
  )
}
