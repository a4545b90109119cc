'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Glyph } from '../../components/ui/glyph.tsx'
import { formatDuration, formatMoment, formatPerMinute } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import type { SilenceView } from './silence-view.ts'

const POLL_MS = 60_000

/** The silences of the apps in sight, by slug; renewed by itself. */
export function useSilences(): ReadonlyMap<string, SilenceView> {
  const { space } = usePageAddress()
  const trpc = useTRPC()
  const query = useQuery(trpc.overview.silences.queryOptions({ space }, { refetchInterval: POLL_MS }))
  return new Map((query.data ?? []).map((silence) => [silence.app, silence]))
}

/** Apps that usually speak at this time and do not; nothing where none is silent. */
export function SilentApps({ zone }: { zone: string }) {
  const { space } = usePageAddress()
  const silences = [...useSilences().values()]
  if (silences.length === 0) return null
  return (
    <section aria-labelledby="silent-apps" className="silent">
      <h2 className="q" id="silent-apps">
        Fallen silent
        <span className="end warn">{silences.length === 1 ? '1 app' : `${silences.length} apps`}</span>
      </h2>
      <ul>
        {silences.map((silence) => (
          <li key={silence.app}>
            <span className="warn">
              <Glyph name="warn" />
            </span>{' '}
            <Link className="link" href={`/s/${space}/apps/${silence.app}`} prefetch={false}>
              {silence.name}
            </Link>
            : <SilenceWords silence={silence} zone={zone} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** `no events for 3 h, usually 40 a minute`. */
export function SilenceWords({ silence, zone }: { silence: SilenceView; zone: string }) {
  return (
    <span title={`Last received ${formatMoment(silence.since, zone)}; about ${silence.missing} events are missing`}>
      no events for {formatDuration(silence.forMs)}, usually {formatPerMinute(silence.usualPerMinute)}
    </span>
  )
}

/** The same as a band over the page of the app. */
export function SilenceBanner({ app, zone }: { app: string; zone: string }) {
  const silence = useSilences().get(app)
  if (silence === undefined) return null
  return (
    <p className="notice" role="status">
      <Glyph name="warn" />
      <span>
        {silence.name} has fallen silent: <SilenceWords silence={silence} zone={zone} />. Its keys and what it sent last
        are below.
      </span>
    </p>
  )
}
