'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Glyph, PulseGlyph } from '../../components/ui/glyph.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { formatClock, formatCount, formatDuration } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import type { FreshnessView } from '../usage/usage-view.ts'
import { BANNER_MS, type FreshnessWords, freshnessWords } from './freshness.ts'
import { useLive } from './live-provider.tsx'

const POLL_MS = 5_000
const TICK_MS = 1_000

type Fresh = { view: FreshnessView; words: FreshnessWords }

/** The space's freshness, renewed by news and by a slow poll, growing old by itself in between. */
function useFreshness(space: string, zone: string): Fresh | null {
  const trpc = useTRPC()
  const { isPaused } = useLive()
  const query = useQuery(trpc.freshness.queryOptions({ space }, { refetchInterval: isPaused ? false : POLL_MS }))
  const [now, setNow] = useState<number | null>(null)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  if (!query.data) return null
  const sinceReadMs = now === null ? 0 : Math.max(0, now - query.dataUpdatedAt)
  const words = freshnessWords({ freshness: query.data, sinceReadMs, isPaused, hasFailed: query.isError, zone })
  return { view: query.data, words }
}

/** Glyph, colour and words; opens the lags behind them. Changes of state, and only those, are announced. */
export function FreshnessChip({ space, zone }: { space: string; zone: string }) {
  const fresh = useFreshness(space, zone)
  if (!fresh) return <span className="fresh">Reading…</span>
  const { view, words } = fresh
  return (
    <>
      <Popup
        className={`fresh ${words.state}`}
        align="end"
        title="How fresh is this"
        trigger={
          <>
            <PulseGlyph isLate={words.state === 'late' || words.state === 'lost'} />
            {words.text}
          </>
        }
        content={() => (
          <dl className="kv">
            <dt>Counted through</dt>
            <dd>{formatClock(view.through, zone)}</dd>
            <dt>Last received</dt>
            <dd>{view.lastReceivedAt ? formatClock(view.lastReceivedAt, zone) : 'nothing yet'}</dd>
            <dt>Waiting to be counted</dt>
            <dd>{view.waitingBatches === 1 ? '1 batch' : `${formatCount(String(view.waitingBatches))} batches`}</dd>
            <dt>Rollups behind by</dt>
            <dd>{formatDuration(view.lagMs)}</dd>
            <dt>Read at</dt>
            <dd>{formatClock(view.asOf, zone)}</dd>
          </dl>
        )}
      />
      <span className="vh" role="status">
        {words.state === 'late' ? 'Data are delayed' : words.state === 'lost' ? 'The server does not answer' : ''}
      </span>
    </>
  )
}

/** Over the page when data are more than ten minutes behind. */
export function FreshnessBanner({ space, zone }: { space: string; zone: string }) {
  const fresh = useFreshness(space, zone)
  if (!fresh?.words.needsBanner) return null
  return (
    <p className="notice" role="status">
      <Glyph name="warn" />
      <span>
        Counting is more than {formatDuration(BANNER_MS)} behind. Everything received is safe; figures after{' '}
        {formatClock(fresh.view.through, zone)} are not shown until they are complete.
      </span>
    </p>
  )
}

export function PauseButton() {
  const { isPaused, setPaused } = useLive()
  return (
    <button type="button" className="btn" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
      <span>
        {isPaused ? 'Resume' : 'Pause'}
        <span className="wide"> live</span>
      </span>
    </button>
  )
}
