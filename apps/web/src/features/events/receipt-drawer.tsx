'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatClock, formatDay } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { ChainCheck } from '../ledger/chain-check.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { PlaceLink } from '../statement/place-link.tsx'
import {
  type ChargesView,
  type EventPlace,
  type EventRow,
  type EventsAddress,
  eventsHref,
  placeText,
  type ReceiptView,
} from './events-address.ts'
import type { EventRights } from './events-page.tsx'
import { HeldWords } from './held-words.tsx'
import { ReceiptCharges, ReceiptTotals } from './receipt-charges.tsx'
import { ReceiptSteps } from './receipt-steps.tsx'

/** Takes the focus when an event is opened. */
export const RECEIPT_HEADING = 'receipt-heading'

type Props = {
  place: EventPlace
  address: EventsAddress
  /** The list that it was opened from: what comes before and after it. */
  rows: readonly EventRow[]
  may: EventRights
}

/** The receipt of one event, from its taking to the ledger entry that bills it. It stands beside the list, or instead of it where there is no room. */
export function ReceiptDrawer(props: Props) {
  const { place, address } = props
  const { space } = useFrame()
  const trpc = useTRPC()
  const query = useQuery(trpc.events.receipt.queryOptions({ space: space.slug, ...place }))
  const charges = useQuery(trpc.events.charges.queryOptions({ space: space.slug, ...place }))
  const closed = eventsHref(space.slug, { ...address, event: undefined })
  return (
    <aside
      className="drawer receipt"
      aria-labelledby={RECEIPT_HEADING}
      onKeyDown={(event) => {
        if (event.key === 'Escape') window.history.pushState(null, '', closed)
      }}
    >
      <header>
        <h2 id={RECEIPT_HEADING} tabIndex={-1}>
          Receipt of one event
        </h2>
        <span className="go">
          <Neighbours {...props} />
          <PlaceLink className="btn sq" href={closed} label="Close the receipt">
            <Glyph name="close" />
          </PlaceLink>
        </span>
      </header>
      <div className="in">
        <QueryRegion query={query} what="This event" height={420}>
          {(receipt) => <Receipt {...props} receipt={receipt} charges={charges} />}
        </QueryRegion>
      </div>
    </aside>
  )
}

/** The list goes from the newest to the oldest. */
function Neighbours({ place, address, rows }: Props) {
  const { space } = useFrame()
  const at = rows.findIndex((row) => placeText(row) === placeText(place))
  const go = (row: EventRow | undefined, glyph: 'left' | 'right', label: string) =>
    row === undefined ? (
      <span className="btn sq" aria-disabled="true">
        <Glyph name={glyph} />
        <span className="vh">No {label.toLowerCase()} in this list</span>
      </span>
    ) : (
      <PlaceLink className="btn sq" href={eventsHref(space.slug, { ...address, event: placeText(row) })} label={label}>
        <Glyph name={glyph} />
      </PlaceLink>
    )
  return (
    <>
      {go(at > 0 ? rows[at - 1] : undefined, 'left', 'Newer event')}
      {go(at < 0 ? undefined : rows[at + 1], 'right', 'Older event')}
    </>
  )
}

type ChargesQuery = {
  data: ChargesView | null | undefined
  isError: boolean
  error: { message: string } | null
  refetch: () => unknown
}

function Receipt(props: Props & { receipt: ReceiptView; charges: ChargesQuery }) {
  const { receipt, charges, may, address } = props
  const { asked, life } = receipt
  const { space, apps } = useFrame()
  const isRepeat = asked.first !== null
  return (
    <>
      <p className="crumb">
        <Link className="link" href={`/s/${space.slug}/apps/${asked.app}`} prefetch={false}>
          {apps.find(({ slug }) => slug === asked.app)?.name ?? asked.app}
        </Link>{' '}
        / {asked.environment} / {formatDay(asked.time, 'UTC')} / {formatClock(asked.time, 'UTC')} UTC /{' '}
        <span className="mono">{asked.id}</span>
      </p>
      {isRepeat ? null : <ReceiptTotals charges={charges.data ?? null} verdict={asked.verdict} />}
      <HeldWords asked={asked} life={life} may={may} />
      {asked.first ? (
        <p className="why">
          The first of its identity stands:{' '}
          <PlaceLink
            className="link"
            href={eventsHref(space.slug, {
              ...address,
              event: placeText({ app: asked.app, ...asked.first }),
            })}
          >
            batch {asked.first.batch}, event {asked.first.pos + 1}
          </PlaceLink>
          .
        </p>
      ) : null}
      {life === null ? (
        <p className="sub">Its life is not to be told yet: its group is still being worked on.</p>
      ) : (
        <ol className="steps2" aria-label={isRepeat ? 'The life of the first one' : 'Its life'}>
          <ReceiptSteps life={life} address={address} isRepeat={isRepeat} />
          {isRepeat || life.state !== 'counted' ? null : (
            <li>
              <QueryRegion query={{ ...charges, data: charges.data ?? undefined }} what="What it costs" height={200}>
                {(read) => <ReceiptCharges charges={read} />}
              </QueryRegion>
            </li>
          )}
        </ol>
      )}
      {life?.content ? (
        <details className="raw">
          <summary>As received</summary>
          <pre className="kpre">{readable(life.content)}</pre>
        </details>
      ) : null}
      <div className="kbar">
        <CopyJson value={{ ...receipt, charges: charges.data ?? null }} />
      </div>
      {may.seeCost && charges.data?.capabilities.some(({ entries }) => entries.length > 0) ? (
        <ChainCheck space={space.slug} from={firstEntry(charges.data)} label="Verify the chain" />
      ) : null}
    </>
  )
}

/** The check goes from the earliest entry that bills it to the end of the chain. */
function firstEntry({ capabilities }: ChargesView): string {
  const all = capabilities.flatMap(({ entries }) => entries.map(({ sequence }) => BigInt(sequence)))
  const [first = 1n] = all.sort((a, b) => (a < b ? -1 : 1))
  return first.toString()
}

const SAID_MS = 2_000

function CopyJson({ value }: { value: unknown }) {
  const [said, setSaid] = useState('Copy as JSON')
  const say = (words: string) => {
    setSaid(words)
    setTimeout(() => setSaid('Copy as JSON'), SAID_MS)
  }
  const copy = () =>
    navigator.clipboard.writeText(JSON.stringify(value, null, 2)).then(
      () => say('Copied'),
      () => say('The browser did not allow it'),
    )
  return (
    <Button onClick={copy}>
      <span role="status">{said}</span>
    </Button>
  )
}

/** Digits or an exponent that a double may not hold. */
const LONG_NUMBER = /\d{16}|\d[eE][+-]?\d/

/** On several lines, where that is sure to change no value. */
function readable(text: string): string {
  if (LONG_NUMBER.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
