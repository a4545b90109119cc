'use client'
import { useInfiniteQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Exact } from '../../components/ui/exact.tsx'
import { formatClock, formatCount, formatDay, formatUnit } from '../../format.ts'
import { eventsHref, placeText } from '../events/events-address.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { entriesOf } from './entries-query.ts'
import { Reading, Unread } from './statement-regions.tsx'
import type { EntryEventView, EntryView, StatementView } from './statement-view.ts'

/** The events that an entry was measured from, read when they are asked for. */
export function EntryEvents(props: { statement: StatementView; entry: EntryView; app: string | null }) {
  const { statement, entry, app } = props
  const { space, role } = useFrame()
  const [isShown, setShown] = useState(false)
  if (isShown) return <Events statement={statement} entry={entry} />
  const { window } = entry
  return (
    <p className="kbar">
      <button type="button" className="btn line" onClick={() => setShown(true)}>
        Its events, as received
      </button>
      {app === null || window === null || role === 'viewer' ? null : (
        <Link
          className="btn"
          href={eventsHref(space.slug, { app, from: window.start, to: window.end, verdict: 'counted' })}
          prefetch={false}
        >
          Search its hour
        </Link>
      )}
    </p>
  )
}

function Events({ statement, entry }: { statement: StatementView; entry: EntryView }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const input = { space: space.slug, id: statement.id, sequence: entry.sequence }
  const query = useInfiniteQuery(trpc.statements.events.infiniteQueryOptions(input, entriesOf))
  const events = query.data?.pages.flatMap((page) => page.events) ?? []
  if (query.isPending) return <Reading name="events" height={120} />
  if (query.isError && events.length === 0)
    return (
      <Unread
        title="The events could not be read"
        error={query.error}
        refused="Single events of this space are for those who may find them."
        height={120}
        onRetry={() => query.refetch()}
      />
    )
  if (events.length === 0)
    return <p className="sub">No event of this window is counted any more: what was is withdrawn.</p>
  return (
    <>
      <ol className="raws" aria-label="Events">
        {events.map((event) => (
          <Event key={`${event.batch} ${event.pos}`} event={event} zone={statement.zone} />
        ))}
      </ol>
      {query.hasNextPage ? (
        <button
          type="button"
          className="btn line more"
          disabled={query.isFetching}
          onClick={() => query.fetchNextPage()}
        >
          {query.isFetchingNextPage ? 'Reading…' : 'More events'}
        </button>
      ) : null}
    </>
  )
}

function Event({ event, zone }: { event: EntryEventView; zone: string }) {
  const { space } = useFrame()
  return (
    <li>
      <details>
        <summary>
          <span className="mono">{event.id}</span>
          <span className="mut num">
            {formatDay(event.time, zone)} {formatClock(event.time, zone)}
          </span>
        </summary>
        <dl className="kv">
          {event.usage.map(({ meter, quantity, base, unit }) => (
            <div key={meter}>
              <dt>{meter}</dt>
              <dd>
                <Exact text={quantity ?? base} />{' '}
                <span className="un">
                  {quantity === null || unit === null ? 'of its base' : formatUnit(unit, quantity)}
                </span>
              </dd>
            </div>
          ))}
          <div>
            <dt>Received</dt>
            <dd>
              {formatDay(event.receivedAt, zone)} {formatClock(event.receivedAt, zone)}
            </dd>
          </div>
          <div>
            <dt>Journal</dt>
            <dd>
              batch {formatCount(event.batch)}, event {event.pos}
            </dd>
          </div>
        </dl>
        <p>
          <Link className="link" href={eventsHref(space.slug, { event: placeText(event) })} prefetch={false}>
            Its receipt
          </Link>
        </p>
        {event.content === null ? (
          <p className="sub">Its content could not be read from the journal.</p>
        ) : (
          <pre>{event.content}</pre>
        )}
      </details>
    </li>
  )
}
