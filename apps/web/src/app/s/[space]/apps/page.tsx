import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { AppsList } from '../../../../features/usage/apps-list.tsx'
import { PageAddressProvider } from '../../../../features/usage/page-address.tsx'
import { questionOf, readAddress } from '../../../../features/usage/view-address.ts'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Apps' }

const DEFAULT_RANGE = '24h'

export default async function AppsPage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const address = questionOf(readAddress(await searchParams, DEFAULT_RANGE))
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.spaceUsage.queryOptions({ space, address }))])
  const access = await findAccess(space)
  return (
    <HydrationBoundary state={dehydrated()}>
      <PageAddressProvider space={space} path={`/s/${space}/apps`} defaultRange={DEFAULT_RANGE}>
        <AppsList name={access?.space.name ?? space} />
      </PageAddressProvider>
    </HydrationBoundary>
  )
}
