import { notFound, redirect } from 'next/navigation'
import { pageQueries, requirePerson } from '../../../../../server/portal/page-data.ts'

/** The short form of a frozen link: leads to its page in its state. */
export default async function FrozenLinkPage({ params }: { params: Promise<{ space: string; id: string }> }) {
  const { space, id } = await params
  await requirePerson()
  const { queryClient, trpc } = await pageQueries()
  const view = await queryClient.fetchQuery(trpc.frozen.find.queryOptions({ space, id })).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'NOT_FOUND') notFound()
    throw error
  })
  const query = new URLSearchParams(view.query)
  query.set('asof', view.id)
  redirect(`/s/${encodeURIComponent(space)}${view.page}?${query}`)
}
