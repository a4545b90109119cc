import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { MembersPage } from '../../../../features/people/members-page.tsx'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

type Props = { params: Promise<{ space: string }> }

export const metadata: Metadata = { title: 'Members' }

export default async function SpaceMembersPage({ params }: Props) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (access === null || !holdsRight(access, 'administer')) notFound()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.people.members.queryOptions({ space }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <MembersPage />
    </HydrationBoundary>
  )
}
