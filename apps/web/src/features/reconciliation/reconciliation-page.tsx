'use client'
// Reconciliation: what was taken against what was made of it, all the time, and every chain against its hashes.
// Promises: an open difference is shown with its size, its place and what heals it; nothing is repaired by looking.
// Does not know: how a comparison is made, when one is due.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { formatCount, formatMoment, formatReason } from '../../format.ts'
import type { ReconciliationView } from '../admin/desk-view.ts'
import { useTRPC } from '../portal/trpc.ts'

const LOOK_MS = 5_000

export function ReconciliationPage({ isOpen }: { isOpen: boolean }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.desk.reconciliation.queryOptions(undefined, { refetchInterval: LOOK_MS }))
  return (
    <main id="main" tabIndex={-1}>
      <PageHead
        title="Reconciliation"
        sub="journal, event index, usage records, rollups and ledger against each other; times in UTC"
      />
      <QueryRegion query={query} what="The reconciliation" height={400}>
        {(view) => (
          <>
            {view.openIncidents === 0 ? (
              <Notice tone="good" title="Nothing differs">
                {view.last.completedAt
                  ? `Everything was compared by ${formatMoment(view.last.completedAt, 'UTC')}.`
                  : 'The first round is not through yet.'}
              </Notice>
            ) : (
              <Notice tone="danger" title={`${formatCount(String(view.openIncidents))} differences are open`}>
                No month that they touch can be closed. Each says below what heals it.
              </Notice>
            )}
            <dl className="facts wide">
              <dt>Round under way</dt>
              <dd>
                number {view.round.number}, at {formatReason(view.round.phase).toLowerCase()},{' '}
                {formatCount(view.round.events)} events so far
              </dd>
              <dt>Last whole round</dt>
              <dd>
                {view.last.completedAt
                  ? `${formatMoment(view.last.completedAt, 'UTC')}, ${formatCount(view.last.events)} events, each looked at`
                  : 'not yet'}
              </dd>
              <dt>Newest batches</dt>
              <dd>
                {view.waitingBatches === '0'
                  ? 'all compared'
                  : `${formatCount(view.waitingBatches)} wait to be compared`}
              </dd>
              <dt>Last look</dt>
              <dd>{view.lookedAt ? formatMoment(view.lookedAt, 'UTC') : 'never: no worker reconciles'}</dd>
              <dt>Chains verified</dt>
              <dd>{verified(view)}</dd>
            </dl>
            <Segments
              name="Which differences"
              options={[
                { key: 'open', label: 'Open', href: '/admin/reconciliation', isCurrent: isOpen },
                { key: 'all', label: 'All', href: '/admin/reconciliation?state=all', isCurrent: !isOpen },
              ]}
            />
            <Incidents
              incidents={view.incidents.filter(({ resolvedAt }) => !isOpen || resolvedAt === null)}
              isOpen={isOpen}
            />
          </>
        )}
      </QueryRegion>
    </main>
  )
}

function verified({ verification: { begunAt, completedAt } }: ReconciliationView): string {
  if (begunAt === null) return 'not yet'
  if (completedAt === null || completedAt < begunAt) return `under way since ${formatMoment(begunAt, 'UTC')}`
  return `${formatMoment(completedAt, 'UTC')}: every ledger, the audit log, and the journal against its seals`
}

function Incidents({ incidents, isOpen }: { incidents: ReconciliationView['incidents']; isOpen: boolean }) {
  const [shown, setShown] = useState<string | null>(null)
  return (
    <DataTable
      name="Differences"
      rows={incidents}
      rowKey={({ id }) => id}
      rowClass={({ resolvedAt }) => (resolvedAt === null ? undefined : 'off')}
      empty={
        <EmptyState title={isOpen ? 'No difference is open' : 'No difference was ever found'} height={140}>
          One that is found stands here until a later look finds it gone.
        </EmptyState>
      }
      detail={(each) => (shown === each.id ? <Detail incident={each} /> : null)}
      columns={[
        {
          key: 'what',
          head: 'What',
          cell: ({ id, what, figure }) => (
            <button
              type="button"
              className="plain"
              aria-expanded={shown === id}
              onClick={() => setShown(shown === id ? null : id)}
            >
              {formatReason(what)}: {figure}
            </button>
          ),
        },
        { key: 'app', head: 'App', isText: true, cell: ({ app }) => app ?? '' },
        { key: 'meter', head: 'Meter', isText: true, cell: ({ meter }) => meter ?? '' },
        { key: 'expected', head: 'Expected', cell: ({ expected }) => <span className="clip">{expected}</span> },
        { key: 'found', head: 'Found', cell: ({ found }) => <span className="clip">{found}</span> },
        { key: 'difference', head: 'Difference', cell: ({ difference }) => <b>{difference}</b> },
        {
          key: 'opened',
          head: 'Found at',
          isText: true,
          sortBy: ({ openedAt }) => openedAt,
          cell: ({ openedAt }) => formatMoment(openedAt, 'UTC'),
        },
        {
          key: 'resolved',
          head: 'Gone at',
          isText: true,
          cell: ({ resolvedAt }) => (resolvedAt ? formatMoment(resolvedAt, 'UTC') : 'open'),
        },
      ]}
    />
  )
}

function Detail({ incident }: { incident: ReconciliationView['incidents'][number] }) {
  const { shard, first, last, hour, space, positions, lastSeenAt, heal } = incident
  return (
    <>
      <p>{heal}</p>
      <dl className="facts">
        <dt>Where</dt>
        <dd>
          {shard === null ? '' : `shard ${shard}, `}
          {first === null ? 'no range' : `${first} to ${last}`}
          {hour ? `, hour of ${formatMoment(hour, 'UTC')}` : ''}
          {space ? `, ${space}` : ''}
        </dd>
        <dt>For example</dt>
        <dd className="mono">{positions.join(', ') || 'none named'}</dd>
        <dt>Last seen</dt>
        <dd>{formatMoment(lastSeenAt, 'UTC')}</dd>
      </dl>
    </>
  )
}
