import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PriceBookPage } from '../../../../features/prices/price-book-page.tsx'
import { pageQueries, settleReads } from '../../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../../server/portal/require-platform.ts'

export const metadata: Metadata = { title: 'Price book' }

export default async function AdminPriceBookPage({ params }: { params: Promise<{ book: string }> }) {
  await requirePlatform()
  const { book } = await params
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.prices.find.queryOptions({ book }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <PriceBookPage slug={book} />
    </HydrationBoundary>
  )
}
