import 'server-only'
import { dehydrate, QueryClient } from '@tanstack/react-query'
import { TRPCError } from '@trpc/server'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { type CurrentPerson, currentPerson } from '../auth/current-person.ts'
import { ASKED_PATH_HEADER } from '../route-request.ts'
import { appRouter } from '../trpc/router.ts'

/** The person looking, or a redirect to the sign-in page, which leads back to the address that was asked for. */
export async function requirePerson(): Promise<CurrentPerson> {
  const person = await currentPerson()
  if (person) return person
  const asked = (await headers()).get(ASKED_PATH_HEADER) ?? '/'
  redirect(asked === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(asked)}`)
}

/** The router's procedures as queries of this request's own cache, with the rights of the person looking. */
export const pageQueries = cache(async () => {
  await headers()
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const trpc = createTRPCOptionsProxy({ router: appRouter, ctx: { person: await currentPerson() }, queryClient })
  return { queryClient, trpc, dehydrated: () => dehydrate(queryClient) }
})

/**
 * Waits for a page's reads. What does not exist for this person is the not-found page; anything else that failed is left to its region,
 * which says so and can try again.
 */
export async function settleReads(reads: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(reads)) {
    if (outcome.status === 'fulfilled') continue
    const code = outcome.reason instanceof TRPCError ? outcome.reason.code : undefined
    if (code === 'NOT_FOUND') notFound()
    if (code === 'UNAUTHORIZED') redirect('/sign-in')
    console.error('a page could not read', outcome.reason)
  }
}
