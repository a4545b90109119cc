import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PricesPage } from '../../../features/prices/prices-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Price books' }

export default async function AdminPricesPage() {
  await requirePlatform()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.prices.list.queryOptions())])
  return (
    <HydrationBoundary state={dehydrated()}>
      <PricesPage />
    </HydrationBoundary>
  )
}
