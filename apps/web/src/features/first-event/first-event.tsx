'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Notice } from '../../components/ui/notice.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { FreshnessChip } from '../live/freshness-chip.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import { diagnose } from './diagnose.ts'
import type { FirstEventView } from './first-event-view.ts'
import { FirstKey } from './first-key.tsx'
import { MakeApp } from './make-app.tsx'
import { PulseChart } from './pulse-chart.tsx'
import { SendEvent } from './send-event.tsx'

const LOOK_MS = 1_500

/** A space without a counted event: three steps to it, and a watch for what comes meanwhile. */
export function FirstEvent({ name }: { name: string }) {
  const { space } = usePageAddress()
  const trpc = useTRPC()
  const { space: frame } = useFrame()
  const [issued, setIssued] = useState<{ app: string; text: string } | null>(null)
  const query = useQuery(
    trpc.overview.firstEvent.queryOptions(
      { space },
      { refetchInterval: ({ state }) => (state.data && state.data.counted > 0 ? false : LOOK_MS) },
    ),
  )
  return (
    <>
      <FrameBar>
        <span className="lab">First event</span>
        <span className="gap" />
        <span className="fresh-slot">
          <FreshnessChip space={space} zone={frame.billingZone} />
        </span>
      </FrameBar>
      <main id="main" tabIndex={-1}>
        <div className="head">
          <h1>Three steps to the first figure of {name}</h1>
          <span className="sub">about two minutes</span>
        </div>
        <QueryRegion query={query} what="The way to the first event" height={480}>
          {(view) => (
            <div className="first">
              <Steps view={view} issued={issued} onIssued={setIssued} />
              <Watch view={view} zone={frame.billingZone} />
            </div>
          )}
        </QueryRegion>
      </main>
    </>
  )
}

type Issued = { app: string; text: string }

function Steps(props: { view: FirstEventView; issued: Issued | null; onIssued: (issued: Issued) => void }) {
  const { view, issued, onIssued } = props
  const app = view.apps[0]
  const key = view.keys?.find((each) => each.state === 'active' && each.purpose !== 'read' && each.purpose !== 'test')
  const isSent = view.counted > 0
  return (
    <ol className="steps">
      <Step number={1} title="Make an app" isDone={app !== undefined}>
        {app === undefined ? <MakeApp /> : <p className="sub">{app.name} is there.</p>}
      </Step>
      <Step number={2} title="Make its key" isDone={key !== undefined} isAhead={app === undefined}>
        {app === undefined ? null : (
          <FirstKey app={app.slug} hasKey={key !== undefined} issued={issued?.text ?? null} onIssued={onIssued} />
        )}
      </Step>
      <Step number={3} title="Send one event" isDone={isSent} isAhead={key === undefined}>
        {app === undefined || key === undefined || isSent ? null : <SendEvent app={app.slug} />}
      </Step>
    </ol>
  )
}

function Step(props: { number: number; title: string; isDone: boolean; isAhead?: boolean; children: React.ReactNode }) {
  const { number, title, isDone, isAhead = false } = props
  return (
    <li className={isDone ? 'done' : isAhead ? 'ahead' : 'now'} aria-current={isDone || isAhead ? undefined : 'step'}>
      <h2>
        <span className="no" aria-hidden="true">
          {isDone ? '✓' : number}
        </span>
        {title}
        {isDone ? <span className="vh">, done</span> : null}
      </h2>
      {props.children}
    </li>
  )
}

/** Live: what came, what is in the way, and at last the event on a chart. */
function Watch({ view, zone }: { view: FirstEventView; zone: string }) {
  const { space } = usePageAddress()
  const app = view.apps[0]
  const through = new Date(Date.parse(view.asOf) - view.lagMs).toISOString()
  return (
    <section className="watch" aria-labelledby="watch">
      <h2 className="q" id="watch">
        {view.counted > 0 ? 'It is here' : 'Watching for your event'}
      </h2>
      <div role="status">
        {diagnose(view, zone).map(({ tone, title, text }) => (
          <Notice key={title} tone={tone === 'good' ? 'good' : tone === 'wrong' ? 'warning' : 'info'} title={title}>
            {text}
          </Notice>
        ))}
      </div>
      {view.counted > 0 && app ? (
        <>
          <figure className="fig" data-testid="first-event-chart" data-counted={view.counted}>
            <figcaption>
              {view.counted === 1 ? '1 event' : `${view.counted} events`} of {app.name}, by the minute.
            </figcaption>
            <PulseChart
              name={app.name}
              series={app.series}
              zone={zone}
              asOf={view.asOf}
              through={through}
              minutes={view.minutes}
            />
          </figure>
          <p className="kmore">
            <Link className="btn main" href={`/s/${space}/apps/${app.slug}?range=1h`} prefetch={false}>
              See its usage
            </Link>
          </p>
        </>
      ) : (
        <p className="sub">
          Held events wait in the{' '}
          <Link className="link" href={`/s/${space}/quarantine`} prefetch={false}>
            quarantine
          </Link>
          ; nothing that was taken is lost.
        </p>
      )}
    </section>
  )
}
