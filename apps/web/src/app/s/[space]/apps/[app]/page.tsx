import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { AppUsage } from '../../../../../features/usage/app-usage.tsx'
import { PageAddressProvider } from '../../../../../features/usage/page-address.tsx'
import { questionOf, readAddress } from '../../../../../features/usage/view-address.ts'
import { findAccess } from '../../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../../server/portal/page-data.ts'
import { within } from '../../../../../server/usage/held-reads.ts'

type Props = {
  params: Promise<{ space: string; app: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

const DEFAULT_RANGE = '24h'

/** What stands around the meters may come a moment later than they. */
const PATIENCE_MS = 500

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { space, app } = await params
  const access = await findAccess(space)
  return { title: access?.apps.find(({ slug }) => slug === app)?.name ?? 'App' }
}

export default async function AppPage({ params, searchParams }: Props) {
  const { space, app } = await params
  await requirePerson()
  const address = questionOf(readAddress(await searchParams, DEFAULT_RANGE))
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.fetchQuery(trpc.appUsage.queryOptions({ space, app, address })),
    within(PATIENCE_MS, queryClient.fetchQuery(trpc.overview.appLife.queryOptions({ space, app }))),
    within(PATIENCE_MS, queryClient.fetchQuery(trpc.overview.appAllowances.queryOptions({ space, app }))),
    within(PATIENCE_MS, queryClient.fetchQuery(trpc.overview.silences.queryOptions({ space }))),
  ])
  const access = await findAccess(space)
  const name = access?.apps.find(({ slug }) => slug === app)?.name ?? app
  return (
    <HydrationBoundary state={dehydrated()}>
      <PageAddressProvider space={space} path={`/s/${space}/apps/${app}`} defaultRange={DEFAULT_RANGE}>
        <AppUsage app={app} name={name} />
      </PageAddressProvider>
    </HydrationBoundary>
  )
}
