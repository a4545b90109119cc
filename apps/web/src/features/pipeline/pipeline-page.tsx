'use client'
// Pipeline: how far each stage of each shard is, what comes in by minute, which apps send what cannot count.
// Promises: a lag says since when; a store that does not answer is said to be away.
// Does not know: why something is late.
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatClock, formatCount, formatDuration, formatMoment, formatTime } from '../../format.ts'
import type { PipelineView } from '../admin/desk-view.ts'
import { useTRPC } from '../portal/trpc.ts'

const LOOK_MS = 3_000
const LATE_MS = 60_000

export function PipelinePage() {
  const trpc = useTRPC()
  const query = useQuery(trpc.desk.pipeline.queryOptions(undefined, { refetchInterval: LOOK_MS }))
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Pipeline" sub={query.data ? `as of ${formatClock(query.data.asOf, 'UTC')} UTC` : undefined}>
        <Link className="btn line" href="/admin/queues">
          Queues
        </Link>
      </PageHead>
      <QueryRegion query={query} what="The pipeline" height={400}>
        {(view) => (
          <>
            <Shards view={view} />
            <h2 className="q sect">
              The last hour, by minute of receipt{' '}
              <span className="sub">as each event stands now; late: happened more than an hour before</span>
            </h2>
            <Minutes view={view} />
            <h2 className="q sect">Apps whose events count least, last hour</h2>
            <Noisy view={view} />
          </>
        )}
      </QueryRegion>
    </main>
  )
}

function Shards({ view }: { view: PipelineView }) {
  const moment = (iso: string | null) => (iso === null ? <span className="mut">never</span> : formatMoment(iso, 'UTC'))
  return (
    <DataTable
      name="Shards and their stages"
      rows={view.shards}
      rowKey={({ shard }) => String(shard)}
      empty={<EmptyState title="No shard has taken anything">The first event makes the first shard.</EmptyState>}
      columns={[
        { key: 'shard', head: 'Shard', cell: ({ shard }) => shard },
        {
          key: 'lag',
          head: 'Behind',
          sortBy: ({ lagMs }) => lagMs,
          cell: ({ lagMs, isRebuilding }) => (
            <span className={lagMs > LATE_MS ? 'warn' : undefined}>
              {lagMs === 0 ? 'nothing waits' : formatDuration(lagMs)}
              {isRebuilding ? ', rebuilding' : ''}
            </span>
          ),
        },
        { key: 'waiting', head: 'Events waiting', cell: ({ waitingEvents }) => formatCount(waitingEvents) },
        { key: 'groups', head: 'Groups in flight', cell: ({ groupsOpen }) => groupsOpen },
        { key: 'took', head: 'Last group took', cell: ({ lastGroupMs }) => `${formatCount(String(lastGroupMs))} ms` },
        { key: 'watermark', head: 'Watermark, UTC', isText: true, cell: ({ watermark }) => moment(watermark) },
        { key: 'settled', head: 'Settled until, UTC', isText: true, cell: ({ settledUntil }) => moment(settledUntil) },
        {
          key: 'owner',
          head: 'Owner',
          isText: true,
          cell: ({ owner, epoch }) => (
            <span className="mono clip">
              {owner ?? 'nobody'} · {epoch}
            </span>
          ),
        },
      ]}
    />
  )
}

function Minutes({ view }: { view: PipelineView }) {
  if (view.minutes === null) {
    return (
      <Notice tone="warning" title="ClickHouse does not answer">
        What came in is safe in the journal; what became of it cannot be read now.
      </Notice>
    )
  }
  const sum = (of: (minute: NonNullable<PipelineView['minutes']>[number]) => number) =>
    formatCount(String((view.minutes ?? []).reduce((total, minute) => total + of(minute), 0)))
  const count = (value: number) => (value === 0 ? <span className="mut">0</span> : formatCount(String(value)))
  return (
    <DataTable
      name="Events by minute"
      rows={view.minutes.toReversed()}
      rowKey={({ minute }) => minute}
      totalName="The hour"
      empty={
        <EmptyState title="Nothing was received in the last hour">No app has sent anything that was taken.</EmptyState>
      }
      columns={[
        { key: 'minute', head: 'Minute, UTC', cell: ({ minute }) => formatTime(minute, 'UTC') },
        {
          key: 'counted',
          head: 'Counted',
          cell: ({ counted }) => count(counted),
          total: sum(({ counted }) => counted),
        },
        {
          key: 'duplicate',
          head: 'Duplicate',
          cell: ({ duplicate }) => count(duplicate),
          total: sum(({ duplicate }) => duplicate),
        },
        {
          key: 'quarantined',
          head: 'Quarantined',
          cell: ({ quarantined }) => count(quarantined),
          total: sum(({ quarantined }) => quarantined),
        },
        {
          key: 'conflict',
          head: 'Conflict',
          cell: ({ conflict }) => count(conflict),
          total: sum(({ conflict }) => conflict),
        },
        { key: 'late', head: 'Late', cell: ({ late }) => count(late), total: sum(({ late }) => late) },
      ]}
    />
  )
}

function Noisy({ view }: { view: PipelineView }) {
  if (view.noisy === null) return <p className="sub">Not known: ClickHouse does not answer.</p>
  return (
    <DataTable
      name="Apps whose events count least"
      rows={view.noisy}
      rowKey={({ app }) => app}
      empty={<EmptyState title="No app sent anything in the last hour" height={140} />}
      columns={[
        { key: 'app', head: 'App', cell: ({ app }) => app },
        { key: 'taken', head: 'Taken', sortBy: ({ taken }) => taken, cell: ({ taken }) => formatCount(String(taken)) },
        {
          key: 'uncounted',
          head: 'Not counted',
          sortBy: ({ uncounted }) => uncounted,
          cell: ({ uncounted }) => formatCount(String(uncounted)),
        },
      ]}
    />
  )
}
