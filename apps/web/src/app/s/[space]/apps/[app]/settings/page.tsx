import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { AppSettings } from '../../../../../../features/apps/app-settings.tsx'
import { findAccess } from '../../../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../../../server/trpc/space-right.ts'

type Props = { params: Promise<{ space: string; app: string }> }

export const metadata: Metadata = { title: 'Settings of an app' }

/** For those who administer the space that owns the app; to everyone else there is no such page. */
export default async function AppSettingsPage({ params }: Props) {
  const { space, app } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (!access || !holdsRight(access, 'administer')) notFound()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.apps.find.queryOptions({ space, app }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <AppSettings space={space} app={app} />
    </HydrationBoundary>
  )
}
