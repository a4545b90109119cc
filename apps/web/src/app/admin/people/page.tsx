import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PageHead } from '../../../components/ui/page-head.tsx'
import { PeopleTable } from '../../../features/people/people-page.tsx'
import { PeopleSearch } from '../../../features/people/people-search.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'People' }

export default async function AdminPeoplePage({ searchParams }: Props) {
  await requirePlatform()
  const { q, who } = await searchParams
  const text = typeof q === 'string' ? q.slice(0, 200) : ''
  const isPlatformAdmin = who === 'platform'
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const asked = { text, ...(isPlatformAdmin ? { isPlatformAdmin } : {}) }
  const page = { getNextPageParam: (last: { next: string | null }) => last.next ?? undefined }
  await settleReads([queryClient.fetchInfiniteQuery(trpc.people.find.infiniteQueryOptions(asked, page))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <main id="main" tabIndex={-1}>
        <PageHead title="People" sub="everybody with an account" />
        <PeopleSearch text={text} isPlatformAdmin={isPlatformAdmin} />
        <PeopleTable text={text} isPlatformAdmin={isPlatformAdmin} />
      </main>
    </HydrationBoundary>
  )
}
