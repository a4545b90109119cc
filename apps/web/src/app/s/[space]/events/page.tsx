import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { readEventsAddress, readPlace, searchOf } from '../../../../features/events/events-address.ts'
import { EventsPage } from '../../../../features/events/events-page.tsx'
import { pagesOf } from '../../../../features/events/events-query.ts'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Events' }

/** For those who may find events; of a developer, their apps' only. What the address opens is read with the list. */
export default async function SpaceEventsPage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (!access || !holdsRight(access, 'find events')) notFound()
  const asked = await searchParams
  const address = readEventsAddress((name) => [asked[name]].flat()[0])
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const place = readPlace(address.event)
  const filter = searchOf(address)
  await settleReads([
    address.tail
      ? queryClient.prefetchQuery(trpc.events.tail.queryOptions({ space, filter }))
      : queryClient.prefetchInfiniteQuery(trpc.events.list.infiniteQueryOptions({ space, filter }, pagesOf)),
    queryClient.prefetchQuery(trpc.meters.definitions.queryOptions({ space })),
    ...(place ? [queryClient.prefetchQuery(trpc.events.receipt.queryOptions({ space, ...place }))] : []),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <EventsPage
        may={{
          seeCost: holdsRight(access, 'see cost'),
          replay: holdsRight(access, 'replay events'),
          fix: holdsRight(access, 'correct usage'),
        }}
      />
    </HydrationBoundary>
  )
}
