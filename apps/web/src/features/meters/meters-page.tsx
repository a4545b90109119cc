'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatFormula, formatMoment } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'

/** Every meter, or those of one event type: what it counts now, in which unit, for which capability, and what is ahead. */
export function MetersPage({ type }: { type?: string | undefined }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.meters.list.queryOptions())
  const types = useQuery(trpc.meters.eventTypes.queryOptions())
  const eventsOf = new Map(types.data?.map((type) => [type.type, type]))
  return (
    <main id="main" className="catalogue" tabIndex={-1}>
      <PageHead title="Meters" sub="what is counted, and how; events of the last 30 days">
        <Link className="btn main" href="/admin/meters?new=meter" prefetch={false}>
          New meter
        </Link>
      </PageHead>
      {type === undefined ? null : (
        <Notice title="Only the meters of one event type">
          <span className="mono">{type}</span>{' '}
          <Link className="link" href="/admin/meters" prefetch={false}>
            Show all meters
          </Link>
        </Notice>
      )}
      <QueryRegion query={query} what="The meters" height={400}>
        {(meters) => (
          <DataTable
            name="Meters"
            rows={ofType(meters, type).map((meter) => ({
              ...meter,
              version: meter.versions.find(({ version }) => version === meter.inForce) ?? null,
            }))}
            rowKey={({ slug }) => slug}
            empty={<EmptyState title="No meter yet">What apps send is held until a meter counts it.</EmptyState>}
            columns={[
              {
                key: 'name',
                head: 'Meter',
                sortBy: ({ name }) => name,
                cell: ({ slug, name }) => (
                  <Link className="link" href={`/admin/meters/${slug}`} prefetch={false}>
                    {name}
                  </Link>
                ),
              },
              { key: 'slug', head: 'Slug', isText: true, cell: ({ slug }) => <span className="mono">{slug}</span> },
              {
                key: 'type',
                head: 'Event type',
                isText: true,
                cell: ({ version }) => <span className="mono">{version?.eventType ?? 'none yet'}</span>,
              },
              {
                key: 'formula',
                head: 'Counts',
                isText: true,
                cell: ({ version }) => (
                  <span className="clip" title={version ? formatFormula(version.formula) : undefined}>
                    {version ? formatFormula(version.formula) : 'nothing yet'}
                  </span>
                ),
              },
              { key: 'unit', head: 'Unit', isText: true, cell: ({ capability }) => capability.unit },
              {
                key: 'events',
                head: 'Events',
                sortBy: ({ version }) => eventsOf.get(version?.eventType ?? '')?.events ?? 0,
                cell: ({ version }) =>
                  types.data ? (eventsOf.get(version?.eventType ?? '')?.events ?? 0).toLocaleString('en-US') : '…',
              },
              {
                key: 'held',
                head: 'Held',
                sortBy: ({ version }) => eventsOf.get(version?.eventType ?? '')?.held ?? 0,
                cell: ({ version }) => {
                  const held = eventsOf.get(version?.eventType ?? '')?.held ?? 0
                  return held === 0 ? <span className="mut">0</span> : held.toLocaleString('en-US')
                },
              },
              {
                key: 'version',
                head: 'Version',
                isText: true,
                cell: ({ version, versions }) => {
                  const ahead = versions.find(
                    ({ from }) => version !== null && from > version.from && Date.parse(from) > Date.now(),
                  )
                  const now = version === null ? 'none' : `${version.version} of ${versions.length}`
                  return ahead ? `${now}; next ${formatMoment(ahead.from, 'UTC')} UTC` : now
                },
              },
            ]}
          />
        )}
      </QueryRegion>
      <Unmetered
        types={types.data ?? []}
        metered={new Set(query.data?.flatMap(({ versions }) => versions.map(({ eventType }) => eventType)))}
        isKnown={query.data !== undefined && types.data !== undefined}
      />
    </main>
  )
}

function ofType<Meter extends { versions: readonly { eventType: string }[] }>(
  meters: readonly Meter[],
  type: string | undefined,
): readonly Meter[] {
  if (type === undefined) return meters
  return meters.filter(({ versions }) => versions.some(({ eventType }) => eventType === type))
}

/** Types that come in and that no version of any meter ever measured: the next meters. */
function Unmetered({
  types,
  metered,
  isKnown,
}: {
  types: readonly { type: string; events: number }[]
  metered: ReadonlySet<string>
  isKnown: boolean
}) {
  const rows = types.filter(({ type }) => !metered.has(type))
  if (!isKnown || rows.length === 0) return null
  return (
    <>
      <h2>Sent, and measured by no meter</h2>
      <DataTable
        name="Event types without a meter"
        rows={rows}
        rowKey={({ type }) => type}
        columns={[
          { key: 'type', head: 'Event type', cell: ({ type }) => <span className="mono">{type}</span> },
          { key: 'events', head: 'Events held', cell: ({ events }) => events.toLocaleString('en-US') },
        ]}
      />
    </>
  )
}
