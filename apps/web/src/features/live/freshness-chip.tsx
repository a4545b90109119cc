'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import { Glyph, PulseGlyph } from '../../components/ui/glyph.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { formatClock, formatCount, formatDuration, formatMoment, formatZone } from '../../format.ts'
import { OUTSIDE } from '../frame/places.ts'
import { useTRPC } from '../portal/trpc.ts'
import type { FreshnessView } from '../usage/usage-view.ts'
import { BANNER_MS, type FreshnessWords, freshnessWords } from './freshness.ts'
import { useLive } from './live-provider.tsx'

const POLL_MS = 5_000
const TICK_MS = 1_000
const ANNOUNCE_MS = 30_000
const NAMED_MAX = 5

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

const ANNOUNCED: Record<FreshnessWords['state'], string> = {
  fresh: 'Data are up to date',
  late: 'Data are delayed',
  lost: 'The server does not answer',
  paused: 'Paused',
}
const status = OUTSIDE.find(({ href }) => href === '/status')

/**
 * What a screen reader is told of a state that changes by itself: nothing of the one the page came with, and no change sooner than
 * ANNOUNCE_MS after the last.
 */
function useAnnounced(text: string): string {
  const [said, setSaid] = useState('')
  const heard = useRef({ text, at: Number.NEGATIVE_INFINITY })
  useEffect(() => {
    if (text === heard.current.text) return
    if (heard.current.text === '') {
      heard.current = { ...heard.current, text }
      return
    }
    const wait = Math.max(0, heard.current.at + ANNOUNCE_MS - performance.now())
    const timer = setTimeout(() => {
      heard.current = { text, at: performance.now() }
      setSaid(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text])
  return said
}

/** Glyph, colour and words; opens the lags behind them. Changes of state, and only those, are announced. */
export function FreshnessChip({ space, zone }: { space: string; zone: string }) {
  const fresh = useFreshness(space, zone)
  const announced = useAnnounced(fresh ? ANNOUNCED[fresh.words.state] : '')
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
          <>
            <dl className="kv">
              <dt>Last event taken</dt>
              <dd>{view.lastReceivedAt ? formatMoment(view.lastReceivedAt, zone) : 'none yet'}</dd>
              <dt>Waiting to be counted</dt>
              <dd>{view.waitingBatches === 1 ? '1 batch' : `${formatCount(String(view.waitingBatches))} batches`}</dd>
              <dt>Usage counted through</dt>
              <dd>{formatClock(view.through, zone)}</dd>
              <dt>Usage behind by</dt>
              <dd>{formatDuration(view.lagMs)}</dd>
              <dt>Posted to the ledger until</dt>
              <dd>{view.settledUntil ? formatMoment(view.settledUntil, zone) : 'nothing yet'}</dd>
              <dt>Read at</dt>
              <dd>{formatClock(view.asOf, zone)}</dd>
            </dl>
            <p className="sub" style={{ marginTop: 8 }}>
              Times of {formatZone(zone)}. The ledger follows when late events can no longer come, two days after.
            </p>
            {status ? (
              <p style={{ marginTop: 8 }}>
                <Link className="link" href={status.href} prefetch={false}>
                  Pipeline status
                </Link>
              </p>
            ) : null}
          </>
        )}
      />
      <span className="vh" role="status">
        {announced}
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
        {lateWords(fresh.view.lateApps)} are more than {formatDuration(BANNER_MS)} behind. Everything received is safe;
        what came after {formatMoment(fresh.view.through, zone)} is not shown until it is counted, and no figure of it
        is taken for zero.
      </span>
    </p>
  )
}

/** Whose meters are late; apps beyond NAMED_MAX are counted. */
function lateWords(apps: readonly string[]): string {
  if (apps.length === 0) return 'Some figures'
  const named = apps.slice(0, NAMED_MAX).join(', ')
  const rest = apps.length - NAMED_MAX
  return `All meters of ${rest > 0 ? `${named} and ${rest} more apps` : named}`
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
