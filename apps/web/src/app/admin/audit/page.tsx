import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { type AuditAddress, AuditPage } from '../../../features/audit/audit-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Audit log' }

const NAMES = ['actor', 'act', 'type', 'target', 'space', 'request', 'from', 'to'] as const

export default async function AdminAuditPage({ searchParams }: Props) {
  await requirePlatform()
  const asked = await searchParams
  const address: AuditAddress = {}
  for (const name of NAMES) {
    const value = asked[name]
    if (typeof value === 'string' && value.trim() !== '') address[name] = value.trim()
  }
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.prefetchInfiniteQuery(
      trpc.audit.list.infiniteQueryOptions(
        { question: address },
        { getNextPageParam: (page) => page.next ?? undefined },
      ),
    ),
    queryClient.prefetchQuery(trpc.audit.choices.queryOptions()),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <AuditPage address={address} />
    </HydrationBoundary>
  )
}
