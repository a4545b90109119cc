import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { readCorrectionAddress } from '../../../features/corrections/correction-address.ts'
import { CorrectionsPage } from '../../../features/corrections/corrections-page.tsx'
import { pageQueries } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Corrections' }

export default async function AdminCorrectionsPage({ searchParams }: Props) {
  await requirePlatform()
  const address = readCorrectionAddress(await searchParams)
  const { dehydrated } = await pageQueries()
  return (
    <HydrationBoundary state={dehydrated()}>
      <CorrectionsPage address={address} />
    </HydrationBoundary>
  )
}
