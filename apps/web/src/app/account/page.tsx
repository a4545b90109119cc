import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { AccountPage } from '../../features/account/account-page.tsx'
import { PortalProvider } from '../../features/portal/portal-provider.tsx'
import { pageQueries, requirePerson, settleReads } from '../../server/portal/page-data.ts'

export const metadata: Metadata = { title: 'Your account' }

export default async function OwnAccountPage() {
  const person = await requirePerson()
  const { queryClient, trpc, dehydrated } = await pageQueries()
  // who looks on as somebody is refused, and reads so in the page
  if (!person.viewedBy) await settleReads([queryClient.fetchQuery(trpc.account.read.queryOptions())])
  return (
    <PortalProvider>
      <HydrationBoundary state={dehydrated()}>
        <a className="skip" href="#main">
          Skip to content
        </a>
        <AccountPage />
      </HydrationBoundary>
    </PortalProvider>
  )
}
