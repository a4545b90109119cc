import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { MetersPage } from '../../../features/meters/meters-page.tsx'
import { NewMeter } from '../../../features/meters/new-meter.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Meters' }

export default async function AdminMetersPage({ searchParams }: Props) {
  await requirePlatform()
  const asked = await searchParams
  const isNew = asked.new !== undefined
  const type = [asked.type].flat()[0]?.slice(0, 1_000)
  const from = [asked.from].flat()[0]?.slice(0, 40)
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    isNew
      ? queryClient.fetchQuery(trpc.meters.capabilities.queryOptions())
      : queryClient.fetchQuery(trpc.meters.list.queryOptions()),
    queryClient.fetchQuery(trpc.meters.eventTypes.queryOptions()),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      {isNew ? <NewMeter type={type} from={from} /> : <MetersPage type={type} />}
    </HydrationBoundary>
  )
}
