'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Glyph } from '../../components/ui/glyph.tsx'
import { RegionState, Skeleton } from '../../components/ui/region-state.tsx'
import { Unread } from '../../components/ui/unread.tsx'
import { formatClock, formatGranularity, formatQuantity, formatUnit } from '../../format.ts'
import { sparkPath } from '../chart/lay-out.ts'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { useLive } from '../live/live-provider.tsx'
import { SilenceWords, useSilences } from '../overview/silent-apps.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from './page-address.tsx'
import { PageBar } from './page-bar.tsx'
import type { SpaceUsageView } from './usage-view.ts'

const ROLL_MS = 15_000
const SPARK = { width: 132, height: 20 }

/** Every app in sight: what it is called, by people and by keys, and whether it is alive. */
export function AppsList({ name }: { name: string }) {
  const { space, address, question } = usePageAddress()
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const { role } = useFrame()
  const mayManage = role === 'admin' || role === 'platform'
  const query = useQuery(
    trpc.spaceUsage.queryOptions(
      { space, address: question },
      { refetchInterval: isPaused || address.asOf ? false : ROLL_MS },
    ),
  )
  const view = query.data
  return (
    <>
      <FrameBar>
        <PageBar period={view?.period ?? null} hasCompare={false} canFreeze />
      </FrameBar>
      <main id="main" tabIndex={-1}>
        <div className="head">
          <h1>Apps</h1>
          <span className="sub">of {name}</span>
          {mayManage ? (
            <Link className="btn line end" href={`/s/${space}/settings`} prefetch={false}>
              New app, and settings
            </Link>
          ) : null}
        </div>
        {view ? (
          view.apps.length > 0 ? (
            <Rows view={view} />
          ) : (
            <RegionState title="No apps to show" height={240}>
              <p>
                {mayManage
                  ? 'This space has no app yet. Make the first one in its settings, and then a key for it.'
                  : 'This space has no app that you may see. An admin of the space can give you one.'}
              </p>
            </RegionState>
          )
        ) : query.isError ? (
          <Unread what="The apps" error={query.error} onRetry={() => query.refetch()} />
        ) : (
          <Skeleton height={240} />
        )}
      </main>
    </>
  )
}

function Rows({ view }: { view: SpaceUsageView }) {
  const { space } = usePageAddress()
  const silences = useSilences()
  const openFrom = view.windows.findIndex(({ state }) => state === 'open')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl" aria-label="Apps" tabIndex={0}>
      <table>
        <caption className="vh">Apps of the space</caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              App
            </th>
            <th scope="col">In {formatGranularity(view.period.granularity)}</th>
            <th scope="col">{view.meter.name} in this period</th>
            <th scope="col" className="l">
              Slug
            </th>
            <th scope="col" className="l">
              Id
            </th>
            <th scope="col">Data through</th>
          </tr>
        </thead>
        <tbody>
          {view.apps.map(({ app, total, values, through }) => {
            const numbers = values.map((text) => (text === null ? null : Number(text)))
            const silence = silences.get(app.slug)
            const path = sparkPath({ values: numbers, openFrom: openFrom < 0 ? values.length : openFrom }, SPARK)
            return (
              <tr key={app.slug}>
                <th scope="row" className="l">
                  <Link href={`/s/${space}/apps/${app.slug}`} prefetch={false}>
                    <i className={`dot b${app.series}`} />
                    {app.name}
                  </Link>
                  {silence ? (
                    <span className="warn quietword">
                      <Glyph name="warn" /> <SilenceWords silence={silence} zone={view.period.zone} />
                    </span>
                  ) : null}
                </th>
                <td>
                  <svg className="spark" {...SPARK} viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
                    <path className={`k${app.series}`} d={path.d} />
                    <path className={`k${app.series} o`} d={path.openD} />
                  </svg>
                </td>
                <td className="m">
                  {total === null ? <span className="mut">no value</span> : formatQuantity(total)}{' '}
                  <span className="un mut">{formatUnit(view.meter.unit, total)}</span>
                </td>
                <td className="l mono">{app.slug}</td>
                <td className="l mono mut">{app.id}</td>
                <td className="sec">{formatClock(through, view.period.zone)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
