import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { readCorrectionAddress } from '../../../features/corrections/correction-address.ts'
import { CorrectionsPage } from '../../../features/corrections/corrections-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Corrections' }

export default async function AdminCorrectionsPage({ searchParams }: Props) {
  await requirePlatform()
  const address = readCorrectionAddress(await searchParams)
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const next = { getNextPageParam: (page: { next: string | null }) => page.next ?? undefined }
  await settleReads([
    queryClient.prefetchInfiniteQuery(trpc.corrections.list.infiniteQueryOptions({ limit: 50 }, next)),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <CorrectionsPage address={address} />
    </HydrationBoundary>
  )
}
