'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useTRPC } from '../portal/trpc.ts'
import { createRepaintThrottle } from './repaint-throttle.ts'
import { joinTabs, type StreamItem } from './shared-stream.ts'

const REPAINT_MS = 1000
const HEALTH_EVERY_MS = 10_000
/** Money is added up from what is not settled: asked for each second, it would keep the stores from what everybody waits for. */
const COST_EVERY_MS = 5_000
/** What stands around the meters is asked for behind them, so that no figure waits for it. */
const LIFE_EVERY_MS = 3_000

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
 * Turns the news of the space's one event stream into fresh reads of what is on screen. News carry no figures: what is painted is always what
 * the server says now, so nothing can be missed or counted twice. The stream is one for all tabs of the browser, which allows a host but
 * few connections: one visible tab holds it and tells the others. Hidden and paused tabs take no part.
 */
export function LiveProvider({ space, children }: { space: string; children: ReactNode }) {
  const trpc = useTRPC()
  const [isPaused, setPaused] = useState(false)
  const isVisible = useSyncExternalStore(subscribeVisibility, isPageVisible, () => false)
  const look = useThrottledLook()
  const app = useRef<string | null>(null)
  const hear = ({ kind, apps }: StreamItem) => {
    if (kind === 'look' || app.current === null || apps.includes(app.current)) look()
  }
  const { isLeading, say } = useTabs({ name: `meterbook live ${space}`, isOn: isVisible && !isPaused, hear })
  const onData = ({ data }: { data: StreamItem }) => say({ kind: data.kind, apps: data.apps })
  const enabled = isVisible && !isPaused && isLeading
  useSubscription(trpc.live.subscriptionOptions({ space }, { enabled, onData, onError: leaveWhenRefused }))
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

/** Takes part in the one stream of all tabs. A browser without locks, or a page that was not sent safely, has a stream of its own. */
function useTabs(input: { name: string; isOn: boolean; hear: (item: StreamItem) => void }) {
  const { name, isOn } = input
  const [isLeading, setLeading] = useState(false)
  const hear = useRef(input.hear)
  hear.current = input.hear
  const say = useRef((item: StreamItem) => hear.current(item))
  useEffect(() => {
    if (!isOn) return
    if (!('locks' in navigator) || !('BroadcastChannel' in window)) {
      setLeading(true)
      return () => setLeading(false)
    }
    const channel = new BroadcastChannel(name)
    const joined = joinTabs({
      name,
      locks: navigator.locks,
      channel: {
        say: (item) => channel.postMessage(item),
        hear: (listener) => channel.addEventListener('message', ({ data }) => listener(data as StreamItem)),
        close: () => channel.close(),
      },
      onLead: setLeading,
      onItem: (item) => hear.current(item),
    })
    say.current = joined.say
    return joined.leave
  }, [name, isOn])
  return { isLeading, say: (item: StreamItem) => say.current(item) }
}

/** Asks for fresh reads of the queries on screen, at most one round a second; today's counts of verdicts less often, they cost more. */
function useThrottledLook(): () => void {
  const queryClient = useQueryClient()
  const trpc = useTRPC()
  const healthAt = useRef(Number.NEGATIVE_INFINITY)
  const lifeAt = useRef(Number.NEGATIVE_INFINITY)
  const costAt = useRef(Number.NEGATIVE_INFINITY)
  const throttle = useMemo(() => {
    const { appUsage, spaceUsage, explore, freshness, events } = trpc
    const live = [appUsage, spaceUsage, explore.usage, freshness, events.tail]
    const keys = live.map((query) => query.pathKey())
    const repaint = async () => {
      await Promise.all(
        keys.map((queryKey) => queryClient.invalidateQueries({ queryKey, refetchType: 'active', predicate: isLive })),
      )
      if (performance.now() - lifeAt.current >= LIFE_EVERY_MS) {
        lifeAt.current = performance.now()
        void queryClient.invalidateQueries({ queryKey: trpc.overview.appLife.pathKey(), refetchType: 'active' })
      }
      if (performance.now() - costAt.current >= COST_EVERY_MS) {
        costAt.current = performance.now()
        void queryClient.invalidateQueries({
          queryKey: explore.cost.pathKey(),
          refetchType: 'active',
          predicate: isLive,
        })
      }
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

/** A frozen view is what it was. */
function isLive({ queryKey }: { queryKey: readonly unknown[] }): boolean {
  const [, asked] = queryKey as [unknown, { input?: { address?: { asOf?: string } } } | undefined]
  return asked?.input?.address?.asOf === undefined
}

function subscribeVisibility(onChange: () => void): () => void {
  document.addEventListener('visibilitychange', onChange)
  return () => document.removeEventListener('visibilitychange', onChange)
}

function isPageVisible(): boolean {
  return document.visibilityState === 'visible'
}
