import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { SpaceMeters } from '../../../../features/meters/space-meters.tsx'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'

export const metadata: Metadata = { title: 'Meters' }

export default async function SpaceMetersPage({ params }: { params: Promise<{ space: string }> }) {
  const { space } = await params
  await requirePerson()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.meters.definitions.queryOptions({ space }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpaceMeters />
    </HydrationBoundary>
  )
}
