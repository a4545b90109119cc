import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { AppsDesk } from '../../../features/apps/apps-desk.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Apps' }

export default async function AdminAppsPage({ searchParams }: Props) {
  await requirePlatform()
  const { state, app, from } = await searchParams
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.fetchQuery(trpc.apps.list.queryOptions()),
    queryClient.fetchQuery(trpc.developerSpaces.list.queryOptions()),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <AppsDesk
        state={state === 'unowned' || state === 'archived' ? state : 'used'}
        app={typeof app === 'string' ? app : undefined}
        from={typeof from === 'string' ? from : undefined}
      />
    </HydrationBoundary>
  )
}
