import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { StatementsList } from '../../../../features/statement/statements-list.tsx'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'

type Props = { params: Promise<{ space: string }> }

export const metadata: Metadata = { title: 'Statements' }

export default async function StatementsPage({ params }: Props) {
  const { space } = await params
  await requirePerson()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([queryClient.fetchQuery(trpc.statements.list.queryOptions({ space }))])
  return (
    <HydrationBoundary state={dehydrated()}>
      <StatementsList />
    </HydrationBoundary>
  )
}
