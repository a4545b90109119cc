import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { type EntitlementsAddress, EntitlementsPage } from '../../../features/entitlements/entitlements-page.tsx'
import { pageQueries, settleReads } from '../../../server/portal/page-data.ts'
import { requirePlatform } from '../../../server/portal/require-platform.ts'

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> }

export const metadata: Metadata = { title: 'Entitlements' }

export default async function AdminEntitlementsPage({ searchParams }: Props) {
  await requirePlatform()
  const { view, space, app, type, from } = await searchParams
  const address: EntitlementsAddress = {
    view: view === 'rights' ? 'rights' : 'gaps',
    ...(typeof space === 'string' && space !== '' ? { space } : {}),
    ...(typeof app === 'string' && typeof type === 'string' && typeof from === 'string'
      ? { held: { app, type, from } }
      : {}),
  }
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.fetchQuery(
      trpc.entitlements.list.queryOptions(address.space === undefined ? {} : { spaceSlug: address.space }),
    ),
    ...(address.view === 'gaps' ? [queryClient.fetchQuery(trpc.entitlements.gaps.queryOptions())] : []),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <EntitlementsPage address={address} />
    </HydrationBoundary>
  )
}
