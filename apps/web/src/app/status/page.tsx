import type { Metadata } from 'next'
import { StatusPage } from '../../features/status/status-page.tsx'
import { postgres } from '../../server/portal/stores.ts'
import { readStatus } from '../../server/status/read-status.ts'

export const metadata: Metadata = {
  title: 'Status',
  description: 'How far counting has come, and how fast it was.',
  alternates: { types: { 'application/rss+xml': '/status/feed.xml' } },
}

/** For anybody: nothing of a tenant is on it. */
export default async function PublicStatusPage() {
  return <StatusPage view={await readStatus(postgres(), Date.now())} />
}
