'use client'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatCount, formatMoment } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { type CorrectionAddress, selectionOf } from './correction-address.ts'
import { CorrectionDialog } from './correction-dialog.tsx'
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
      <Choose address={address} onDone={setSaid} />
      <h2 className="q sect">What was done</h2>
      <Acts />
    </main>
  )
}

const ACTS = [
  { value: 'cancel', label: 'Cancel: they count no more' },
  { value: 'reattribute', label: 'Re-attribute: tried again under the catalogue as it is now' },
]

function Choose({ address, onDone }: { address: CorrectionAddress; onDone: (words: string) => void }) {
  const trpc = useTRPC()
  const { act, ...rest } = address
  const selection = selectionOf(rest)
  const isChosen = act !== undefined && rest.app !== undefined && rest.from !== undefined && rest.to !== undefined
  const found = useQuery(
    trpc.events.list.queryOptions(
      { filter: { ...selection, ...(act === 'cancel' ? { verdicts: ['counted'] } : {}) }, limit: 10 },
      { enabled: isChosen },
    ),
  )
  return (
    <>
      <form className="kbar" action="/admin/corrections" key={JSON.stringify(address)}>
        <SelectField label="Act" name="act" options={ACTS} defaultValue={act ?? 'cancel'} />
        <TextField label="App" name="app" defaultValue={rest.app} isMono />
        <TextField label="From" name="from" defaultValue={rest.from} placeholder="2026-11-01 00:00" unit="UTC" />
        <TextField label="To" name="to" defaultValue={rest.to} placeholder="2026-11-02 00:00" unit="UTC" />
        <TextField label="Type" name="type" defaultValue={rest.type} isOptional isMono />
        <TextField label="Text in its id, source or subject" name="text" defaultValue={rest.text} isOptional />
        <Button type="submit">Find them</Button>
      </form>
      {isChosen ? (
        <QueryRegion query={found} what="The events" height={120}>
          {({ events, next }) =>
            events.length === 0 ? (
              <EmptyState title="No event fits" height={120}>
                Nothing of this app, in this time, is what this act is for.
              </EmptyState>
            ) : (
              <>
                <DataTable
                  name="Events that fit, the newest"
                  rows={events}
                  rowKey={({ batch, pos }) => `${batch}:${pos}`}
                  columns={[
                    {
                      key: 'id',
                      head: next === null ? 'Event' : 'Event, the newest 10',
                      cell: ({ id }) => <span className="mono clip">{id}</span>,
                    },
                    {
                      key: 'type',
                      head: 'Type',
                      isText: true,
                      cell: ({ type }) => <span className="mono">{type}</span>,
                    },
                    { key: 'time', head: 'Happened, UTC', isText: true, cell: ({ time }) => formatMoment(time, 'UTC') },
                    { key: 'verdict', head: 'It is', isText: true, cell: ({ verdict }) => verdict },
                  ]}
                />
                <div className="kbar">
                  <CorrectionDialog
                    space={null}
                    title={act === 'cancel' ? 'Cancel these events' : 'Re-attribute these events'}
                    trigger={<Button kind={act === 'cancel' ? 'danger' : 'main'}>Try it on all that fit…</Button>}
                    asked={{ act: act === 'cancel' ? 'cancel' : 'reattribute', on: { filter: selection } }}
                    intro={<p>What stands below is worked out now, by the same rules that will do it.</p>}
                    isDanger={act === 'cancel'}
                    onDone={onDone}
                  />
                </div>
              </>
            )
          }
        </QueryRegion>
      ) : (
        <p className="sub">
          Name the act, the app and the time. To amend one event, or to replay what is held, open it in{' '}
          <Link className="link" href="/admin/quarantine">
            quarantine
          </Link>
          .
        </p>
      )}
    </>
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
