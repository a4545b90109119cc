'use client'
import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { Skeleton } from '../../components/ui/region-state.tsx'
import {
  formatClock,
  formatCount,
  formatDuration,
  formatMoment,
  formatPerMinute,
  formatQuantity,
  formatReason,
  formatUnit,
} from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { PulseChart } from '../first-event/pulse-chart.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { LATE_MS } from '../live/freshness.ts'
import { useLive } from '../live/live-provider.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { quarantineHref } from '../quarantine/quarantine-address.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import { AllowanceBar } from './allowance-bar.tsx'

type Life = inferRouterOutputs<AppRouter>['overview']['appLife']
type Allowances = inferRouterOutputs<AppRouter>['overview']['appAllowances']

const PULSE_MS = 5_000
const SLOW_MS = 60_000
const ROWS_MAX = 6

/** How an app is: what it sends now, what it uses up, which keys it has and what of it is held. */
export function AppLife({ app, zone }: { app: string; zone: string }) {
  const { space } = usePageAddress()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const life = useQuery(
    trpc.overview.appLife.queryOptions({ space, app }, { refetchInterval: isPaused ? false : PULSE_MS }),
  )
  const allowances = useQuery(
    trpc.overview.appAllowances.queryOptions({ space, app }, { refetchInterval: isPaused ? false : SLOW_MS }),
  )
  return (
    <div className="applife">
      <section aria-labelledby="live-rate" className="rate">
        <h2 className="q" id="live-rate">
          Last 60 minutes
        </h2>
        {life.data ? (
          <Rate life={life.data} zone={zone} />
        ) : life.isError ? (
          <Unread what="What it sends" onRetry={() => life.refetch()} />
        ) : (
          <Skeleton height={214} />
        )}
      </section>
      <section aria-labelledby="allowances">
        <h2 className="q" id="allowances">
          Allowances this month
        </h2>
        {allowances.data ? (
          <Uses of={allowances.data} zone={zone} />
        ) : allowances.isError ? (
          <Unread what="What it may use" onRetry={() => allowances.refetch()} />
        ) : (
          <Skeleton height={180} />
        )}
      </section>
      {life.data ? <Held life={life.data} app={app} /> : null}
      {life.data ? <Dimensions life={life.data} /> : null}
      {life.data?.keys ? <Keys keys={life.data.keys} app={app} zone={zone} asOf={life.data.asOf} /> : null}
    </div>
  )
}

function Rate({ life, zone }: { life: Life; zone: string }) {
  const lagMs = Date.parse(life.asOf) - Date.parse(life.through)
  return (
    <>
      <p className="mid" data-testid="live-rate" data-rate={life.perMinute}>
        {lagMs > LATE_MS ? <span className="mut">not known</span> : formatPerMinute(life.perMinute)}
        <span className="u">
          {lagMs > LATE_MS
            ? `events after ${formatClock(life.through, zone)} are not counted yet`
            : `events, mean of the last five minutes; ${formatCount(String(life.lastHour))} in the hour`}
        </span>
      </p>
      <PulseChart {...life.pulse} zone={zone} asOf={life.asOf} through={life.through} />
    </>
  )
}

function Uses({ of, zone }: { of: Allowances; zone: string }) {
  if (of.state === 'unavailable') return <p className="sub">Cannot be told right now; it comes back by itself.</p>
  if (of.uses.length === 0) return <p className="sub">Nothing that it used this month has an allowance.</p>
  return (
    <ul className="risk">
      {of.uses.map((use) => (
        <li key={use.capability}>
          <AllowanceBar use={use} month={{ asOf: of.asOf, zone, currency: of.currency }} isNamed={false} />
        </li>
      ))}
    </ul>
  )
}

function Held({ life, app }: { life: Life; app: string }) {
  const { space } = usePageAddress()
  const { role } = useFrame()
  const path = `/s/${space}/quarantine`
  return (
    <section aria-labelledby="held">
      <h2 className="q" id="held">
        Held, not counted
        <span className={life.held.length === 0 ? 'end good' : 'end warn'}>
          {life.held.length === 0
            ? 'nothing'
            : `${formatCount(String(life.held.reduce((sum, { events }) => sum + events, 0)))} events`}
        </span>
      </h2>
      {life.held.length === 0 ? (
        <p className="sub">Everything it sent in the last 30 days is counted, or known twice.</p>
      ) : (
        <ul className="lines">
          {life.held.slice(0, ROWS_MAX).map(({ verdict, reason, events, last }) => (
            <li key={`${verdict} ${reason}`}>
              <span>
                {role === 'viewer' ? (
                  formatReason(reason || verdict)
                ) : (
                  <Link
                    className="link"
                    href={quarantineHref(path, { app, ...(reason ? { reason } : { verdict }) })}
                    prefetch={false}
                  >
                    {formatReason(reason || verdict)}
                  </Link>
                )}
                <span className="mut"> last {formatMoment(last, 'UTC')} UTC</span>
              </span>
              <span className="num">{formatCount(String(events))}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Dimensions({ life }: { life: Life }) {
  if (life.top.length === 0) return null
  return (
    <section aria-labelledby="top-dimensions">
      <h2 className="q" id="top-dimensions">
        What it is made of
        <span className="end">last 24 hours</span>
      </h2>
      {life.top.map(({ meter, dimension, unit, values }) => (
        <div key={`${meter} ${dimension}`} className="dim">
          <h3 className="sub">
            {meter} by {dimension}
          </h3>
          <ul className="lines">
            {values.map(({ name, quantity }) => (
              <li key={name}>
                <span className="mono">{name === '' ? '(none)' : name}</span>
                <span className="num" title={quantity}>
                  {formatQuantity(quantity)} <span className="un mut">{formatUnit(unit, quantity)}</span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

function Keys({ keys, app, zone, asOf }: { keys: NonNullable<Life['keys']>; app: string; zone: string; asOf: string }) {
  const { space } = usePageAddress()
  return (
    <section aria-labelledby="its-keys">
      <h2 className="q" id="its-keys">
        Keys
        <span className="end">
          <Link className="link" href={`/s/${space}/keys?app=${app}`} prefetch={false}>
            {keys.length === 0 ? 'make one' : 'all of them'}
          </Link>
        </span>
      </h2>
      {keys.length === 0 ? (
        <p className="sub">It has no key that works, so nothing can be sent for it.</p>
      ) : (
        <ul className="lines">
          {keys.slice(0, ROWS_MAX).map(({ id, name, shown, lastUsedAt }) => (
            <li key={id}>
              <span>
                {name} <span className="mono mut">{shown}</span>
              </span>
              <span className="mut" title={lastUsedAt ? formatMoment(lastUsedAt, zone) : undefined}>
                {lastUsedAt
                  ? `used ${formatDuration(Math.max(0, Date.parse(asOf) - Date.parse(lastUsedAt)))} ago`
                  : 'never used'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Unread({ what, onRetry }: { what: string; onRetry: () => void }) {
  return (
    <p className="sub">
      {what} could not be read.{' '}
      <button type="button" className="plain" onClick={onRetry}>
        Try again
      </button>
    </p>
  )
}
