import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { SpaceDesk } from '../../../../features/spaces/space-desk.tsx'
import { pageQueries, settleReads } from '../../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../../server/portal/require-platform.ts'

type Props = { params: Promise<{ space: string }> }

export const metadata: Metadata = { title: 'Developer space' }

export default async function AdminSpacePage({ params }: Props) {
  await requirePlatform()
  const { space } = await params
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.developerSpaces.find.queryOptions({ spaceSlug: space }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpaceDesk slug={space} />
    </HydrationBoundary>
  )
}
