import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { ReconciliationPage } from '../../../features/reconciliation/reconciliation-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Reconciliation' }

export default async function AdminReconciliationPage({ searchParams }: Props) {
  await requirePlatform()
  const isOpen = (await searchParams).state !== 'all'
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.prefetchQuery(trpc.desk.reconciliation.queryOptions())])
  return (
    <HydrationBoundary state={dehydrated()}>
      <ReconciliationPage isOpen={isOpen} />
    </HydrationBoundary>
  )
}
