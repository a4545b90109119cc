import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { SpaceSettings } from '../../../../features/spaces/space-settings.tsx'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

type Props = { params: Promise<{ space: string }> }

export const metadata: Metadata = { title: 'Settings' }

/** For those who administer the space; to everyone else of it there is no such page. */
export default async function SpaceSettingsPage({ params }: Props) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (!access || !holdsRight(access, 'administer')) notFound()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.developerSpaces.settings.queryOptions({ space }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpaceSettings space={space} />
    </HydrationBoundary>
  )
}
