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
import { formatCount, formatMoment, formatReason } from '../../format.ts'
import { CorrectionDialog } from '../corrections/correction-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { HeldEvent } from './held-event.tsx'
import {
  fixOf,
  type HeldView,
  placeOf,
  type QuarantineAddress,
  quarantineHref,
  type ReasonView,
  selectionOf,
} from './quarantine-address.ts'
import { StakeText } from './stake-text.tsx'

const LOOK_MS = 5_000

/** What is held: by reason, then event by event, then one. `space`: its own only; null: of the whole platform. */
export function QuarantinePage(props: {
  space: string | null
  path: string
  address: QuarantineAddress
  mayDismiss: boolean
  isPlatform: boolean
}) {
  const { space, path, address, mayDismiss, isPlatform } = props
  const [said, setSaid] = useState<string | null>(null)
  const isOne = address.reason !== undefined || address.verdict !== undefined
  const place = address.event === undefined ? null : placeOf(address.event)
  const up = place ? quarantineHref(path, listOf(address)) : path
  const name = address.verdict === 'conflict' ? 'conflict' : (address.reason ?? '')
  return (
    <>
      <PageHead
        title={place ? 'One held event' : isOne ? formatReason(name) : 'Quarantine'}
        sub={isOne || place ? undefined : 'taken and kept, but nothing counts it yet; the costliest reason first'}
      >
        {isOne || place ? (
          <Link className="btn line" href={up}>
            {place ? 'Back to the list' : 'All reasons'}
          </Link>
        ) : null}
      </PageHead>
      <div role="status">{said ? <Notice tone="good">{said}</Notice> : null}</div>
      {place ? (
        <HeldEvent space={space} place={place} mayDismiss={mayDismiss} isPlatform={isPlatform} onDone={setSaid} />
      ) : isOne ? (
        <Held {...props} onDone={setSaid} />
      ) : (
        <Reasons {...props} />
      )}
    </>
  )
}

function listOf({ event: _, ...address }: QuarantineAddress): QuarantineAddress {
  return address
}

function Reasons({ space, path }: { space: string | null; path: string }) {
  const trpc = useTRPC()
  const query = useQuery(
    trpc.quarantine.reasons.queryOptions(
      { ...(space === null ? {} : { space }), filter: {} },
      { refetchInterval: LOOK_MS },
    ),
  )
  return (
    <QueryRegion query={query} what="What is held">
      {({ reasons, assumes }) => (
        <>
          <DataTable
            name="Reasons why events are held"
            rows={byStake(reasons)}
            rowKey={({ verdict, reason }) => `${verdict} ${reason}`}
            empty={
              <EmptyState title="Nothing is held">
                Every event that was taken is counted, or known to be a duplicate.
              </EmptyState>
            }
            columns={[
              {
                key: 'reason',
                head: 'Reason',
                cell: ({ verdict, reason }) => (
                  <Link className="link" href={quarantineHref(path, { verdict, ...(reason === '' ? {} : { reason }) })}>
                    {formatReason(reason || verdict)}
                  </Link>
                ),
              },
              {
                key: 'events',
                head: 'Events',
                sortBy: ({ events }) => events,
                cell: ({ events }) => formatCount(String(events)),
              },
              { key: 'stake', head: 'At stake', cell: ({ stake }) => <StakeText stake={stake} /> },
              {
                key: 'last',
                head: 'Last, UTC',
                isText: true,
                sortBy: ({ last }) => last,
                cell: ({ last }) => formatMoment(last, 'UTC'),
              },
              {
                key: 'cure',
                head: 'What cures it',
                isText: true,
                cell: ({ cure }) => <span className="two">{cure?.text}</span>,
              },
            ]}
          />
          <p className="sub">
            {assumes}{' '}
            {reasons
              .filter(({ stake }) => !stake.isComplete)
              .map(({ verdict, reason, events, stake }) => (
                <span key={`${verdict} ${reason}`}>
                  {formatReason(reason || verdict)}: the newest {formatCount(String(stake.examined))} of{' '}
                  {formatCount(String(events))} are added up so far.{' '}
                </span>
              ))}
          </p>
        </>
      )}
    </QueryRegion>
  )
}

/** By money, as numbers: only for the order; what is shown is the exact text. */
function byStake(reasons: readonly ReasonView[]): ReasonView[] {
  const money = ({ stake }: ReasonView) => stake.amounts.reduce((sum, { amount }) => sum + Number(amount), 0)
  return reasons.toSorted((a, b) => money(b) - money(a) || b.events - a.events)
}

function Held(props: {
  space: string | null
  path: string
  address: QuarantineAddress
  mayDismiss: boolean
  isPlatform: boolean
  onDone: (words: string) => void
}) {
  const { space, path, address, mayDismiss, isPlatform, onDone } = props
  const trpc = useTRPC()
  const within = space === null ? {} : { space }
  const filter = selectionOf(address)
  const query = useInfiniteQuery(
    trpc.quarantine.list.infiniteQueryOptions(
      { ...within, filter },
      { getNextPageParam: (page) => page.next ?? undefined, refetchInterval: LOOK_MS },
    ),
  )
  const isConflict = address.verdict === 'conflict'
  const events = query.data?.pages.flatMap((page) => page.events)
  const cure = events?.[0]?.cure
  return (
    <>
      {cure ? (
        <Notice title="What cures it">
          {cure.text} {isPlatform ? <Fixes events={events ?? []} /> : null}
        </Notice>
      ) : null}
      <div className="kbar">
        {isConflict ? null : (
          <CorrectionDialog
            space={space}
            title="Replay all that this list is of"
            trigger={<Button kind="main">Try a replay of all…</Button>}
            asked={{ act: 'replay', on: { filter } }}
            intro={<p>Each is tried again under the catalogue as it is now. What still does not count stays held.</p>}
            onDone={onDone}
          />
        )}
        {mayDismiss ? (
          <CorrectionDialog
            space={space}
            title="Dismiss all that this list is of"
            trigger={<Button kind="danger">Dismiss all…</Button>}
            asked={{ act: 'dismiss', on: { filter } }}
            intro={<p>They are held no longer and never counted. Each can be replayed later, if that was wrong.</p>}
            isDanger
            onDone={onDone}
          />
        ) : null}
      </div>
      <QueryRegion query={{ ...query, data: events }} what="The held events" height={320}>
        {(held) => (
          <DataTable
            name="Held events"
            rows={held}
            rowKey={({ app, batch, pos }) => `${app}:${batch}:${pos}`}
            paging={{
              hasMore: query.hasNextPage,
              isLoading: query.isFetchingNextPage,
              onMore: () => void query.fetchNextPage(),
            }}
            empty={
              <EmptyState
                title="Nothing is held for this reason"
                action={
                  <Link className="btn line" href={path}>
                    All reasons
                  </Link>
                }
              >
                What was held is cured or dismissed.
              </EmptyState>
            }
            columns={[
              {
                key: 'event',
                head: 'Event',
                cell: ({ app, batch, pos, id }) => (
                  <Link
                    className="link clip mono"
                    href={quarantineHref(path, { ...address, event: `${app}:${batch}:${pos}` })}
                  >
                    {id}
                  </Link>
                ),
              },
              { key: 'app', head: 'App', isText: true, sortBy: ({ app }) => app, cell: ({ app }) => app },
              {
                key: 'space',
                head: 'Space',
                isText: true,
                cell: ({ space: owner }) => owner ?? <span className="mut">nobody</span>,
              },
              {
                key: 'type',
                head: 'Type',
                isText: true,
                cell: ({ type }) => <span className="clip mono">{type}</span>,
              },
              {
                key: 'time',
                head: 'Happened, UTC',
                isText: true,
                sortBy: ({ time }) => time,
                cell: ({ time }) => formatMoment(time, 'UTC'),
              },
              {
                key: 'detail',
                head: 'Why',
                isText: true,
                cell: ({ detail }) => (
                  <span className="clip" title={detail}>
                    {detail}
                  </span>
                ),
              },
              { key: 'stake', head: 'At stake', cell: ({ stake }) => <StakeText stake={stake} /> },
            ]}
          />
        )}
      </QueryRegion>
    </>
  )
}

const FIXES_MAX = 5

/** The places of the catalogue where these are cured: one link each. */
function Fixes({ events }: { events: readonly HeldView[] }) {
  const fixes = new Map<string, { href: string; label: string }>()
  for (const held of events) {
    const fix = fixOf(held)
    // the earliest stays: events come newest first, and a right has to reach back to the oldest
    if (fix !== null) fixes.set(fix.label, fix)
  }
  return (
    <>
      {[...fixes.values()].slice(0, FIXES_MAX).map(({ href, label }) => (
        <Link key={href} className="link fix" href={href}>
          {label}
        </Link>
      ))}
    </>
  )
}
