import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PageHead } from '../../../components/ui/page-head.tsx'
import { ProposalList } from '../../../features/proposals/proposal-list.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Proposals' }

export default async function AdminProposalsPage({ searchParams }: Props) {
  await requirePlatform()
  const isWaiting = (await searchParams).state !== 'decided'
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const page = { getNextPageParam: (last: { next: string | null }) => last.next ?? undefined }
  await settleReads([
    queryClient.prefetchInfiniteQuery(trpc.proposals.list.infiniteQueryOptions({ waiting: isWaiting }, page)),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <main id="main" tabIndex={-1}>
        <PageHead title="Proposals" sub="acts that need a second person" />
        <ProposalList space={null} isWaiting={isWaiting} path="/admin/proposals" />
      </main>
    </HydrationBoundary>
  )
}
