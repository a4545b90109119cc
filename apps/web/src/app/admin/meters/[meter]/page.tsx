import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { MeterPage } from '../../../../features/meters/meter-page.tsx'
import { pageQueries, settleReads } from '../../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../../server/portal/require-platform.ts'

type Props = {
  params: Promise<{ meter: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Meter' }

export default async function AdminMeterPage({ params, searchParams }: Props) {
  await requirePlatform()
  const { meter } = await params
  const isDrafting = (await searchParams).draft !== undefined
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.meters.find.queryOptions({ meter }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <MeterPage slug={meter} isDrafting={isDrafting} />
    </HydrationBoundary>
  )
}
