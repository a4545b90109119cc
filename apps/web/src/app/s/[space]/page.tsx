import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PageAddressProvider } from '../../../features/usage/page-address.tsx'
import { SpaceOverview } from '../../../features/usage/space-overview.tsx'
import { readAddress } from '../../../features/usage/view-address.ts'
import { findAccess } from '../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../server/portal/page-data.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

/** In full, because a layout's template is for the segments below it. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const access = await findAccess((await params).space)
  return { title: { absolute: `Overview · ${access?.space.name ?? 'Developer space'} · Meterbook` } }
}

const DEFAULT_RANGE = 'month'

export default async function SpacePage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const address = readAddress(await searchParams, DEFAULT_RANGE)
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.fetchQuery(trpc.spaceUsage.queryOptions({ space, address })),
    queryClient.fetchQuery(trpc.spaceHealth.queryOptions({ space, address })),
  ])
  const access = await findAccess(space)
  return (
    <HydrationBoundary state={dehydrated()}>
      <PageAddressProvider space={space} path={`/s/${space}`} defaultRange={DEFAULT_RANGE} address={address}>
        <SpaceOverview name={access?.space.name ?? space} />
      </PageAddressProvider>
    </HydrationBoundary>
  )
}
