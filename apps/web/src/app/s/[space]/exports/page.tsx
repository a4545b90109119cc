import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { ExportsPage } from '../../../../features/exports/exports-page.tsx'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

export const metadata: Metadata = { title: 'Exports' }

/** Usage for everyone who sees the space; statements for those who may see its cost. */
export default async function SpaceExportsPage({ params }: { params: Promise<{ space: string }> }) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  const maySeeCost = access !== null && holdsRight(access, 'see cost')
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.fetchQuery(trpc.meters.definitions.queryOptions({ space })),
    ...(maySeeCost ? [queryClient.prefetchQuery(trpc.statements.list.queryOptions({ space }))] : []),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <ExportsPage maySeeCost={maySeeCost} today={new Date().toISOString().slice(0, 10)} />
    </HydrationBoundary>
  )
}
