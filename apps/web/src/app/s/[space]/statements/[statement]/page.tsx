import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { entriesOf } from '../../../../../features/statement/entries-query.ts'
import { readOpened } from '../../../../../features/statement/statement-address.ts'
import { StatementPage } from '../../../../../features/statement/statement-page.tsx'
import { pageQueries, requirePerson, settleReads } from '../../../../../server/portal/page-data.ts'

type Props = {
  params: Promise<{ space: string; statement: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Statement ${decodeURIComponent((await params).statement)}` }
}

/** The months and the statement first; what its address opens only where the statement has it, so that an old link still shows the rest. */
export default async function StatementRoute({ params, searchParams }: Props) {
  const { space, statement } = await params
  const id = decodeURIComponent(statement)
  await requirePerson()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  const reading = queryClient.fetchQuery(trpc.statements.get.queryOptions({ space, id }))
  await settleReads([reading, queryClient.fetchQuery(trpc.statements.list.queryOptions({ space }))])
  const asked = await searchParams
  const { line } = readOpened((key) => [asked[key]].flat()[0] ?? null)
  const found = await reading.catch(() => null)
  if (line !== null && found?.lines.some((each) => each.id === line)) {
    const options = trpc.statements.entries.infiniteQueryOptions({ space, id, line }, entriesOf)
    await settleReads([queryClient.fetchInfiniteQuery(options)])
  }
  return (
    <HydrationBoundary state={dehydrated()}>
      <StatementPage id={id} />
    </HydrationBoundary>
  )
}
