import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { SpaceBar } from '../../../../features/frame/space-bar.tsx'
import { KeysPage } from '../../../../features/keys/keys-page.tsx'
import { findAccess } from '../../../../server/portal/find-access.ts'
import { pageQueries, requirePerson, settleReads } from '../../../../server/portal/page-data.ts'
import { holdsRight } from '../../../../server/trpc/space-right.ts'

type Props = {
  params: Promise<{ space: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export const metadata: Metadata = { title: 'Keys' }

/** For those who manage keys; to everyone else of the space there is no such page. */
export default async function SpaceKeysPage({ params, searchParams }: Props) {
  const { space } = await params
  await requirePerson()
  const access = await findAccess(space)
  if (!access || !holdsRight(access, 'manage keys')) notFound()
  const asked = (await searchParams).app
  const app = access.apps.find(({ slug, isOwned }) => isOwned && slug === asked)?.slug ?? null
  const { queryClient, trpc, dehydrated } = await pageQueries()
  await settleReads([
    queryClient.prefetchQuery(trpc.keys.list.queryOptions({ space })),
    queryClient.prefetchQuery(trpc.keys.choices.queryOptions({ space })),
  ])
  return (
    <HydrationBoundary state={dehydrated()}>
      <SpaceBar place="Keys" />
      <KeysPage space={space} app={app} />
    </HydrationBoundary>
  )
}
