import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { readQuarantineAddress } from '../../../features/quarantine/quarantine-address.ts'
import { QuarantinePage } from '../../../features/quarantine/quarantine-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Quarantine' }

export default async function AdminQuarantinePage({ searchParams }: Props) {
  await requirePlatform()
  const address = readQuarantineAddress(await searchParams)
  const { queryClient, trpc, dehydrated } = await pageQueries()
  if (Object.keys(address).length === 0) {
    await settleReads([queryClient.prefetchQuery(trpc.quarantine.reasons.queryOptions({ filter: {} }))])
  }
  return (
    <HydrationBoundary state={dehydrated()}>
      <main id="main" tabIndex={-1}>
        <QuarantinePage space={null} path="/admin/quarantine" address={address} mayDismiss isPlatform />
      </main>
    </HydrationBoundary>
  )
}
