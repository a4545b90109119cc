import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import dynamic from 'next/dynamic'
import { SpaceMoney } from '../../../features/overview/space-money.tsx'
import { PageAddressProvider } from '../../../features/usage/page-address.tsx'
import { SpaceOverview } from '../../../features/usage/space-overview.tsx'
import { isOfMoney, questionOf, readAddress } from '../../../features/usage/view-address.ts'
import { findAccess } from '../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../server/portal/page-data.ts'
import { holdsRight } from '../../../server/trpc/space-right.ts'
import { within } from '../../../server/usage/held-reads.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

/** In full, because a layout's template is for the segments below it. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const access = await findAccess((await params).space)
  return { title: { absolute: `Overview · ${access?.space.name ?? 'Developer space'} · Meterbook` } }
}

/** Of each space once in its life: its code is not for all the other times. */
const FirstEvent = dynamic(() =>
  import('../../../features/first-event/first-event.tsx').then((module) => module.FirstEvent),
)

const DEFAULT_RANGE = 'month'
/** What is not settled is added up from usage records, which may take longer than anybody should look at nothing: then the page comes first. */
const PATIENCE_MS = 900

export default async function SpacePage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const address = readAddress(await searchParams, DEFAULT_RANGE)
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const first = queryClient.fetchQuery(trpc.overview.isBeforeFirstEvent.queryOptions({ space })).catch(() => false)
  const access = await findAccess(space)
  const maySeeCost = access !== null && holdsRight(access, 'see cost')
  const showsMoney = maySeeCost && isOfMoney(address)
  const month = trpc.overview.month.queryOptions({ space, month: address.month })
  const usage = trpc.spaceUsage.queryOptions({ space, address: questionOf(address) })
  // once in a space's life these are read for nothing: what they wait for otherwise is waited for each time
  await settleReads([
    showsMoney ? within(PATIENCE_MS, queryClient.fetchQuery(month)) : queryClient.fetchQuery(usage),
    queryClient.fetchQuery(trpc.spaceHealth.queryOptions({ space, zone: address.zone })),
    within(PATIENCE_MS, queryClient.fetchQuery(trpc.overview.silences.queryOptions({ space }))),
  ])
  const isBefore = await first
  if (isBefore) await settleReads([queryClient.fetchQuery(trpc.overview.firstEvent.queryOptions({ space }))])
  const name = access?.space.name ?? space
  return (
    <HydrationBoundary state={dehydrated()}>
      <PageAddressProvider space={space} path={`/s/${space}`} defaultRange={DEFAULT_RANGE} isOfTwoKinds={maySeeCost}>
        {isBefore ? (
          <FirstEvent name={name} />
        ) : showsMoney ? (
          <SpaceMoney name={name} />
        ) : (
          <SpaceOverview name={name} />
        )}
      </PageAddressProvider>
    </HydrationBoundary>
  )
}
