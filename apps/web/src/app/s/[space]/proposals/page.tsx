import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { PageHead } from '../../../../components/ui/page-head.tsx'
import { SpaceBar } from '../../../../features/frame/space-bar.tsx'
import { ProposalList } from '../../../../features/proposals/proposal-list.tsx'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Proposals' }

/** For those who administer the space; to everyone else of it there is no such page. */
export default async function SpaceProposalsPage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (!access || !holdsRight(access, 'administer')) notFound()
  const isWaiting = (await searchParams).state !== 'decided'
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const page = { getNextPageParam: (last: { next: string | null }) => last.next ?? undefined }
  await settleReads([
    queryClient.prefetchInfiniteQuery(
      trpc.proposals.listOfSpace.infiniteQueryOptions({ space, waiting: isWaiting }, page),
    ),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpaceBar place="Proposals" />
      <main id="main" tabIndex={-1}>
        <PageHead title="Proposals" sub="of this space, and your own: acts that need a second person" />
        <ProposalList space={space} isWaiting={isWaiting} path={`/s/${space}/proposals`} />
      </main>
    </HydrationBoundary>
  )
}
