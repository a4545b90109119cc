'use client'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatCount, formatMoment } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { ChooseEvents } from './choose-events.tsx'
import type { CorrectionAddress } from './correction-address.ts'
import { EffectTable } from './effect-table.tsx'

const LOOK_MS = 5_000

/** Acts upon events that count already: chosen by a filter, tried out, done or proposed; and every act there was. */
export function CorrectionsPage({ address }: { address: CorrectionAddress }) {
  const [said, setSaid] = useState<string | null>(null)
  return (
    <main id="main" tabIndex={-1}>
      <PageHead
        title="Corrections"
        sub="nothing is rewritten: a reversal and what takes its place are added, with who and why"
      />
      <div role="status">{said ? <Notice tone="good">{said}</Notice> : null}</div>
      <ChooseEvents address={address} onDone={setSaid} />
      <h2 className="q sect">What was done</h2>
      <Acts />
    </main>
  )
}

function Acts() {
  const trpc = useTRPC()
  const [open, setOpen] = useState<string | null>(null)
  const query = useInfiniteQuery(
    trpc.corrections.list.infiniteQueryOptions(
      { limit: 50 },
      { getNextPageParam: (page) => page.next ?? undefined, refetchInterval: LOOK_MS },
    ),
  )
  return (
    <QueryRegion
      query={{ ...query, data: query.data?.pages.flatMap((page) => page.corrections) }}
      what="The corrections"
    >
      {(corrections) => (
        <DataTable
          name="Corrections"
          rows={corrections}
          rowKey={({ id }) => id}
          paging={{
            hasMore: query.hasNextPage,
            isLoading: query.isFetchingNextPage,
            onMore: () => void query.fetchNextPage(),
          }}
          empty={
            <EmptyState title="Nothing was corrected yet">
              Each act upon events stands here, with what it did.
            </EmptyState>
          }
          detail={({ id }) => (open === id ? <Act id={id} /> : null)}
          columns={[
            {
              key: 'act',
              head: 'Act',
              cell: ({ id, act }) => (
                <button
                  type="button"
                  className="plain"
                  aria-expanded={open === id}
                  onClick={() => setOpen(open === id ? null : id)}
                >
                  {act}
                </button>
              ),
            },
            { key: 'when', head: 'When, UTC', isText: true, cell: ({ recordedAt }) => formatMoment(recordedAt, 'UTC') },
            { key: 'who', head: 'Who', isText: true, cell: ({ actor }) => actor },
            { key: 'app', head: 'App', isText: true, cell: ({ app }) => app ?? '' },
            {
              key: 'events',
              head: 'Events',
              sortBy: ({ targets }) => targets,
              cell: ({ targets }) => formatCount(String(targets)),
            },
            {
              key: 'reason',
              head: 'Reason',
              isText: true,
              cell: ({ reason }) => (
                <span className="clip" title={reason}>
                  {reason}
                </span>
              ),
            },
          ]}
        />
      )}
    </QueryRegion>
  )
}

function Act({ id }: { id: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.corrections.find.queryOptions({ id }))
  return (
    <QueryRegion query={query} what="The correction" height={60}>
      {(correction) =>
        correction.state === 'waiting' ? (
          <p className="sub">
            It waits in the journal for the workers; {formatCount(correction.rowsBefore)} rows are before it.
          </p>
        ) : correction.effect === null ? (
          <p>
            {formatCount(String(correction.effective))} events changed. It is of too many to work each out again here.
          </p>
        ) : (
          <EffectTable effect={correction.effect} />
        )
      }
    </QueryRegion>
  )
}
