'use client'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useSearchParams } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { formatCount } from '../../format.ts'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { FreshnessChip, PauseButton } from '../live/freshness-chip.tsx'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import {
  type EventRow,
  type EventsAddress,
  eventsHref,
  isNarrowed,
  placeText,
  readEventsAddress,
  readPlace,
  searchOf,
} from './events-address.ts'
import { EventsFilter } from './events-filter.tsx'
import { pagesOf } from './events-query.ts'
import { EventsTable, eventAnchor } from './events-table.tsx'
import { RECEIPT_HEADING, ReceiptDrawer } from './receipt-drawer.tsx'

/** What the person may do with an event beyond looking at it. */
export type EventRights = { seeCost: boolean; replay: boolean; fix: boolean }

/** Single events: searched, or watched as they come; beside them the receipt of the one that the address opens. */
export function EventsPage({ may }: { may: EventRights }) {
  const { space } = useFrame()
  const params = useSearchParams()
  const address = readEventsAddress((name) => params.get(name))
  const isTail = address.tail !== undefined
  const place = readPlace(address.event)
  useFocusFollows(place ? placeText(place) : null)
  return (
    <>
      <FrameBar>
        <Segments
          name="What to show"
          options={[
            {
              key: 'search',
              label: 'Search',
              href: eventsHref(space.slug, { ...address, tail: undefined }),
              isCurrent: !isTail,
            },
            {
              key: 'tail',
              label: 'Live tail',
              href: eventsHref(space.slug, { ...address, tail: '1' }),
              isCurrent: isTail,
            },
          ]}
        />
        <span className="gap" />
        <span className="fresh-slot">
          <FreshnessChip space={space.slug} zone="UTC" />
        </span>
        <span className="rule" />
        <PauseButton />
      </FrameBar>
      <main id="main" tabIndex={-1}>
        {isTail ? <Tail address={address} may={may} /> : <Found address={address} may={may} />}
      </main>
    </>
  )
}

function Found({ address, may }: { address: EventsAddress; may: EventRights }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const query = useInfiniteQuery(
    trpc.events.list.infiniteQueryOptions(
      { space: space.slug, filter: searchOf(address) },
      { ...pagesOf, placeholderData: keepPreviousData },
    ),
  )
  const events = query.data?.pages.flatMap((page) => page.events)
  const examined = query.data?.pages.reduce((sum, page) => sum + (page.examined ?? 0), 0) ?? 0
  return (
    <Region query={{ ...query, data: events }} address={address} may={may}>
      {(rows) => (
        <>
          <EventsTable
            rows={rows}
            address={address}
            paging={{
              hasMore: query.hasNextPage,
              isLoading: query.isFetchingNextPage,
              onMore: () => void query.fetchNextPage(),
            }}
          />
          {address.key ? (
            <p className="sub">
              {formatCount(String(examined))} events were looked through for those of this key
              {query.hasNextPage ? '; there are older ones' : ', which is all of them'}.
            </p>
          ) : null}
          {query.isFetchNextPageError ? <p className="sub bad">The next events could not be read.</p> : null}
        </>
      )}
    </Region>
  )
}

/** The newest, read again when news come: once a second at most, and not while it is paused or out of sight. */
function Tail({ address, may }: { address: EventsAddress; may: EventRights }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const query = useQuery(
    trpc.events.tail.queryOptions(
      { space: space.slug, filter: searchOf(address) },
      { placeholderData: keepPreviousData, staleTime: 0 },
    ),
  )
  const note = (
    <p className="sub" role="status">
      {isPaused ? 'Paused: nothing moves until you resume.' : 'Following: new events appear at the top.'}
    </p>
  )
  return (
    <Region query={{ ...query, data: query.data?.events }} address={address} may={may} note={note}>
      {(rows) => <EventsTable rows={rows} address={address} />}
    </Region>
  )
}

type Query = Parameters<typeof QueryRegion<EventRow[]>>[0]['query'] & { isPlaceholderData: boolean }

/** The list, and beside it the receipt of the event that is open; `rows` are those that it can go on to. */
function Region(props: {
  query: Query
  address: EventsAddress
  may: EventRights
  note?: ReactNode
  children: (rows: EventRow[]) => ReactNode
}) {
  const { query, address, may } = props
  const place = readPlace(address.event)
  return (
    <div className={place ? 'evs opened' : 'evs'}>
      <div className="evlist">
        <PageHead title="Events" sub="each as it was taken, the newest first; times in UTC" />
        <EventsFilter address={address} />
        {props.note}
        <div className={query.isPlaceholderData ? 'stale' : undefined}>
          <QueryRegion query={query} what="The events" height={480}>
            {(rows) => (rows.length === 0 ? <None address={address} /> : props.children(rows))}
          </QueryRegion>
        </div>
      </div>
      {place ? (
        <ReceiptDrawer key={placeText(place)} place={place} address={address} rows={query.data ?? []} may={may} />
      ) : null}
    </div>
  )
}

function None({ address }: { address: EventsAddress }) {
  const { space, apps } = useFrame()
  if (isNarrowed(address)) {
    return (
      <EmptyState
        title="No event fits this search"
        action={
          <Link className="btn line" href={eventsHref(space.slug, { tail: address.tail })}>
            Show all events
          </Link>
        }
      >
        Only events that were taken stand here. What was refused at the door was never taken: the answer to its request
        says why.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title="No events yet"
      action={
        <Link className="btn line" href={`/s/${space.slug}/${apps.length === 0 ? 'apps' : 'keys'}`}>
          {apps.length === 0 ? 'See the apps' : 'Create a key and send the first'}
        </Link>
      }
    >
      {apps.length === 0
        ? 'The space has no app whose events you may see.'
        : 'Every event that an app sends stands here a moment later.'}
    </EmptyState>
  )
}

/** Whoever opens an event is taken to its receipt, and back to its row when they close it; on arrival nothing moves. */
function useFocusFollows(open: string | null): void {
  const before = useRef(open)
  useEffect(() => {
    const was = before.current
    if (was === open) return
    before.current = open
    document
      .getElementById(open === null ? eventAnchor(was ?? '') : RECEIPT_HEADING)
      ?.focus({ preventScroll: open === null })
  }, [open])
}
