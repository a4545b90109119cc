import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { PeriodsPage } from '../../../features/periods/periods-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Period close' }

export default async function AdminPeriodsPage({ searchParams }: Props) {
  await requirePlatform()
  const { space: asked } = await searchParams
  const space = typeof asked === 'string' && asked !== '' ? asked : undefined
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.prefetchQuery(trpc.desk.periods.queryOptions(space === undefined ? {} : { space }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <PeriodsPage space={space} />
    </HydrationBoundary>
  )
}
