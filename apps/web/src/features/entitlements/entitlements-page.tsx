'use client'
// Entitlements: which app may use what, what is missing, and giving it.
// Promises: what is missing is ranked by the money it holds back; what a grant comes to is shown before it is given.
// Does not know: what a right in the past changes; the server works that out by the code that counts.
import { useQuery } from '@tanstack/react-query'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { formatMoment } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { GapsTable } from './gaps-table.tsx'
import { GrantDialog } from './grant-dialog.tsx'
import { RightsTable } from './rights-table.tsx'

/** `held`: events of an app that are held for want of a right, by their type, since when. */
export type EntitlementsAddress = {
  view: 'gaps' | 'rights'
  space?: string
  held?: { app: string; type: string; from: string }
}

const PATH = '/admin/entitlements'

export function EntitlementsPage({ address }: { address: EntitlementsAddress }) {
  const trpc = useTRPC()
  const { view, space } = address
  const rights = useQuery(trpc.entitlements.list.queryOptions({ ...(space === undefined ? {} : { spaceSlug: space }) }))
  const gaps = useQuery(trpc.entitlements.gaps.queryOptions(undefined, { enabled: view === 'gaps' }))
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Entitlements" sub="which app may use what; times in UTC">
        <GrantDialog />
      </PageHead>
      {address.held ? <HeldForWant held={address.held} /> : null}
      <Segments
        name="Which view"
        options={[
          { key: 'gaps', label: 'Gaps and overlaps', href: PATH, isCurrent: view === 'gaps' },
          { key: 'rights', label: 'Rights', href: `${PATH}?view=rights`, isCurrent: view === 'rights' },
        ]}
      />
      {view === 'gaps' ? (
        <QueryRegion query={gaps} what="Gaps and overlaps" height={400}>
          {(found) => <GapsTable found={found} />}
        </QueryRegion>
      ) : (
        <QueryRegion query={rights} what="The rights" height={400}>
          {(found) => <RightsTable found={found} space={space ?? null} />}
        </QueryRegion>
      )}
    </main>
  )
}

/** Whoever comes from the quarantine finds the right that is missing filled in: the app, what its events are measured for, and since when. */
function HeldForWant({ held }: { held: NonNullable<EntitlementsAddress['held']> }) {
  const trpc = useTRPC()
  const rights = useQuery(trpc.entitlements.list.queryOptions({}))
  const meters = useQuery(trpc.meters.list.queryOptions())
  if (!rights.data || !meters.data) return null
  const app = rights.data.apps.find(({ slug }) => slug === held.app)
  const capabilityKeys = meters.data
    .filter(({ versions }) => versions.some(({ eventType }) => eventType === held.type))
    .map(({ capability }) => capability.key)
  if (app === undefined || capabilityKeys.length === 0) return null
  return (
    <Notice
      tone="warning"
      title={`${app.name} may not use what ${held.type} is measured for, since ${formatMoment(held.from, 'UTC')} UTC`}
    >
      <GrantDialog
        label="Give the right that is missing"
        initial={{ appIds: [app.id], capabilityKeys: [...new Set(capabilityKeys)], from: held.from, to: null }}
      />
    </Notice>
  )
}
