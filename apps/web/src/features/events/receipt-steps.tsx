'use client'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Exact } from '../../components/ui/exact.tsx'
import {
  formatClock,
  formatCount,
  formatDate,
  formatDuration,
  formatMoment,
  formatReason,
  formatUnit,
} from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { PlaceLink } from '../statement/place-link.tsx'
import { type EventsAddress, eventsHref, type LifeView, placeText } from './events-address.ts'

/** One step of a receipt: what happened, when, and what shows it. */
export function Step({ title, when, children }: { title: ReactNode; when?: ReactNode; children?: ReactNode }) {
  return (
    <li>
      <h3>
        {title}
        {when ? <span className="when num">{when}</span> : null}
      </h3>
      {children}
    </li>
  )
}

/** From here on every chart and answer includes it. */
const IN_ROLLUPS = 'in rollups'
const MILLIS = /\.(\d{1,3})\d*Z$/

/** To the millisecond: `13:47:08.391`. */
export function clockOf(instant: string): string {
  return `${formatClock(instant, 'UTC')}.${(MILLIS.exec(instant)?.[1] ?? '0').padEnd(3, '0')}`
}

/** Received, journalled, validated, deduplicated, attributed, measured, and what acts did to it since. */
export function ReceiptSteps({
  life,
  address,
  isRepeat,
}: {
  life: LifeView
  address: EventsAddress
  isRepeat: boolean
}) {
  const { space, apps } = useFrame()
  const { received, attribution, repeats } = life
  const { journal, key } = received
  const appName = apps.find(({ slug }) => slug === life.app.slug)?.name ?? life.app.slug
  return (
    <>
      <Step title={isRepeat ? 'The first one received' : 'Received'} when={clockOf(received.at)}>
        <p>
          {lateWords(life.secondsLate)}
          {key === null ? '' : ' Key '}
          {key === null ? null : (
            <>
              <b>{key.name}</b> <span className="mono">{key.prefix}…</span>, which decides who pays.
            </>
          )}
        </p>
      </Step>
      <Step title="Journal">
        <p>
          Batch {formatCount(journal.number)} of shard {journal.shard}, event {journal.position + 1}
          {journal.events === null ? '' : ` of ${formatCount(String(journal.events))}`}, on disk before the answer.
        </p>
        {journal.digest ? <p className="hash">{journal.digest}</p> : null}
      </Step>
      <Step title="Validated">
        <p>
          A CloudEvent of type <span className="mono">{life.type}</span>
          {life.subject === null ? '' : ', of '}
          {life.subject === null ? null : <span className="mono">{life.subject}</span>}.
          {life.trace.isGiven ? ' Trace ' : ''}
          {life.trace.isGiven ? <span className="mono">{life.trace.id}</span> : null}
        </p>
      </Step>
      <Step title="Deduplicated">
        <p>
          First of its source and id.{' '}
          {repeats.count === 0
            ? 'Nothing repeated it.'
            : `${repeats.count === 1 ? 'One repetition' : `${repeats.count} repetitions`} came later, and counted nothing.`}
        </p>
        {repeats.named.length > 0 ? (
          <ul className="reps">
            {repeats.named.map(({ journal: { number, position }, verdict, receivedAt }) => (
              <li key={`${number} ${position}`}>
                <PlaceLink
                  className="link"
                  href={eventsHref(space.slug, {
                    ...address,
                    event: placeText({ app: life.app.slug, batch: number, pos: position }),
                  })}
                >
                  {formatReason(verdict)}
                </PlaceLink>{' '}
                <span className="mut">
                  {formatMoment(receivedAt, 'UTC')}, batch {formatCount(number)}
                </span>
              </li>
            ))}
          </ul>
        ) : null}
      </Step>
      {attribution === null ? null : (
        <Step title="Attributed">
          <p>
            {appName},{' '}
            {attribution.space === null
              ? 'owned by nobody then'
              : `owned by ${attribution.space.name}${attribution.ownership ? ` since ${formatDate(attribution.ownership.from, 'UTC')}` : ''}`}
            {attribution.isExempt ? '; exempt: shown, and never charged' : ''}. Catalogue revision{' '}
            {formatCount(attribution.catalogueRevision)}.
          </p>
          {attribution.entitlements.map(({ meter, capability, id, from }) => (
            <p key={`${meter} ${id}`} title={id}>
              Entitled to {capability} since {formatDate(from, 'UTC')}, entitlement{' '}
              <span className="mono">{id.slice(0, 8)}…</span>
            </p>
          ))}
        </Step>
      )}
      {life.usage.length === 0 ? null : <Measured life={life} />}
      <Way steps={life.trace.steps} />
      {life.acts.map((act) => (
        <Step
          key={`${act.journal.number} ${act.journal.position}`}
          title={formatReason(act.act)}
          when={act.at ? formatMoment(act.at, 'UTC') : undefined}
        >
          <p>
            {act.actor === null ? '' : `By ${act.actor}. `}
            {act.reason ?? ''}
          </p>
        </Step>
      ))}
    </>
  )
}

function Measured({ life }: { life: LifeView }) {
  const { space } = useFrame()
  return (
    <Step title="Measured">
      <table className="calc">
        <caption className="vh">What its meters measured</caption>
        <tbody>
          {life.usage.map(({ meter, meterVersion, quantity, base, unit, uniqueValue }) => (
            <tr key={meter}>
              <th scope="row">
                <Link className="link" href={`/s/${space.slug}/meters#${meter}`} prefetch={false}>
                  {meter}
                </Link>{' '}
                <span className="mut">version {meterVersion}</span>
              </th>
              <td title={quantity ?? base}>
                {uniqueValue === null ? (
                  <>
                    <Exact text={quantity ?? base} />{' '}
                    <span className="un">
                      {quantity === null || unit === null ? 'of its base' : formatUnit(unit, quantity)}
                    </span>
                  </>
                ) : (
                  <span className="mono">{uniqueValue}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Step>
  )
}

/** When it reached each step on the way to the charts, and how long that took. */
function Way({ steps }: { steps: LifeView['trace']['steps'] }) {
  const last = steps.at(-1)
  if (last?.step !== IN_ROLLUPS) return null
  return (
    <Step title="In charts" when={clockOf(last.at)}>
      <table className="calc">
        <caption className="vh">When each step was reached, and how long it took</caption>
        <tbody>
          {steps.map(({ step, at, seconds }, index) => (
            <tr key={step} title={at}>
              <th scope="row">{step}</th>
              <td>{index === 0 ? clockOf(at) : `${(seconds * 1_000).toFixed(1)} ms`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Step>
  )
}

function lateWords(seconds: string): string {
  const late = Number(seconds)
  if (late === 0) return 'At once.'
  if (late < 1) return `${Math.max(1, Math.round(late * 1_000))} ms after it happened.`
  return `${formatDuration(late * 1_000)} after it happened.`
}
