'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useTRPC } from '../portal/trpc.ts'
import { createRepaintThrottle } from './repaint-throttle.ts'

const REPAINT_MS = 1000
const HEALTH_EVERY_MS = 10_000

type Live = {
  isPaused: boolean
  setPaused: (isPaused: boolean) => void
  /** The one app this page is about, or null: news of others need no repaint here. */
  setApp: (app: string | null) => void
}

const LiveContext = createContext<Live>({ isPaused: false, setPaused: () => {}, setApp: () => {} })

export const useLive = () => use(LiveContext)

/** Says that the page in sight is about one app. */
export function useLiveApp(app: string): void {
  const { setApp } = useLive()
  useEffect(() => {
    setApp(app)
    return () => setApp(null)
  }, [app, setApp])
}

/**
 * Holds the space's one event stream while the page is visible and not paused, and turns its news into fresh reads of what is on
 * screen. News carry no figures: what is painted is always what the server says now, so nothing can be missed or counted twice.
 */
export function LiveProvider({ space, children }: { space: string; children: ReactNode }) {
  const trpc = useTRPC()
  const [isPaused, setPaused] = useState(false)
  const isVisible = useSyncExternalStore(subscribeVisibility, isPageVisible, () => false)
  const look = useThrottledLook()
  const app = useRef<string | null>(null)
  const onData = ({ data }: { data: { kind: 'look' | 'news'; apps: string[] } }) => {
    if (data.kind === 'look' || app.current === null || data.apps.includes(app.current)) look()
  }
  useSubscription(
    trpc.live.subscriptionOptions({ space }, { enabled: isVisible && !isPaused, onData, onError: leaveWhenRefused }),
  )
  const live = useMemo(() => {
    const setApp = (slug: string | null) => {
      app.current = slug
    }
    return { isPaused, setPaused, setApp }
  }, [isPaused])
  return <LiveContext value={live}>{children}</LiveContext>
}

/** Refused here, somebody has lost sight of the space: the page is asked for anew, and says so. A lost connection is no refusal, and comes back by itself. */
function leaveWhenRefused(error: { data?: { code?: string } | null | undefined }): void {
  if (['NOT_FOUND', 'UNAUTHORIZED', 'FORBIDDEN'].includes(error.data?.code ?? '')) window.location.reload()
}

/** Asks for fresh reads of the queries on screen, at most one round a second; today's counts of verdicts less often, they cost more. */
function useThrottledLook(): () => void {
  const queryClient = useQueryClient()
  const trpc = useTRPC()
  const healthAt = useRef(Number.NEGATIVE_INFINITY)
  const throttle = useMemo(() => {
    const keys = [
      trpc.appUsage.pathKey(),
      trpc.spaceUsage.pathKey(),
      trpc.freshness.pathKey(),
      trpc.overview.appLife.pathKey(),
      trpc.events.tail.pathKey(),
    ]
    const repaint = async () => {
      await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey, refetchType: 'active' })))
      if (performance.now() - healthAt.current < HEALTH_EVERY_MS) return
      healthAt.current = performance.now()
      void queryClient.invalidateQueries({ queryKey: trpc.spaceHealth.pathKey(), refetchType: 'active' })
    }
    const after = (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    }
    return createRepaintThrottle({ intervalMs: REPAINT_MS, repaint, clock: { now: () => performance.now(), after } })
  }, [queryClient, trpc])
  useEffect(() => throttle.stop, [throttle])
  return throttle.ask
}

function subscribeVisibility(onChange: () => void): () => void {
  document.addEventListener('visibilitychange', onChange)
  return () => document.removeEventListener('visibilitychange', onChange)
}

function isPageVisible(): boolean {
  return document.visibilityState === 'visible'
}
