import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { ExplorePage } from '../../../../features/explore/explore-page.tsx'
import { PageAddressProvider } from '../../../../features/usage/page-address.tsx'
import { EXPLORERS, questionOf, readAddress } from '../../../../features/usage/view-address.ts'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Usage' }

const DEFAULTS = EXPLORERS.usage

export default async function UsagePage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const address = questionOf(readAddress(await searchParams, DEFAULTS))
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.explore.usage.queryOptions({ space, address }))])
  const access = await findAccess(space)
  return (
    <HydrationBoundary state={dehydrated()}>
      <PageAddressProvider space={space} path={`/s/${space}/usage`} defaultRange={DEFAULTS}>
        <ExplorePage kind="usage" name={access?.space.name ?? space} />
      </PageAddressProvider>
    </HydrationBoundary>
  )
}
