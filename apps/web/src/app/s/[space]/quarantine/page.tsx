import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { SpaceBar } from '../../../../features/frame/space-bar.tsx'
import { readQuarantineAddress } from '../../../../features/quarantine/quarantine-address.ts'
import { QuarantinePage } from '../../../../features/quarantine/quarantine-page.tsx'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Quarantine' }

/** For those who may find events; of a developer, their apps' only. */
export default async function SpaceQuarantinePage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (!access || !holdsRight(access, 'find events')) notFound()
  const address = readQuarantineAddress(await searchParams)
  const { queryClient, trpc, dehydrated } = await pageQueries()
  if (Object.keys(address).length === 0) {
    await settleReads([queryClient.prefetchQuery(trpc.quarantine.reasons.queryOptions({ space, filter: {} }))])
  }
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpaceBar place="Quarantine" />
      <main id="main" tabIndex={-1}>
        <QuarantinePage
          space={space}
          path={`/s/${space}/quarantine`}
          address={address}
          mayDismiss={holdsRight(access, 'dismiss events')}
          isPlatform={holdsRight(access, 'correct usage')}
        />
      </main>
    </HydrationBoundary>
  )
}
