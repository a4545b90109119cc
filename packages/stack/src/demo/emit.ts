import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SPACES } from './cast.ts'
import type { DemoApp } from './credentials.ts'
import { type Door, EVENTS_MAX, openDoor } from './door.ts'
import { HOUR_MS, type Span } from './history.ts'
import { liveEvents } from './live.ts'
import { createMishaps, type Sent } from './mishaps.ts'
import { progressFile } from './progress.ts'
import { randomFrom } from './seeded-random.ts'
import { type Sender, sendHistory } from './send-history.ts'

/** However long the months are, all of the last one is in it: there is a whole month to close. */
const HISTORY_MS = 62 * 24 * HOUR_MS
/** Uneven, and slow enough that the demo leaves the machine to whoever looks at it: each tick costs an insert for every shard. */
const TICK_MIN_MS = 1_200
const TICK_MAX_MS = 2_800
/** A pause longer than this (a sleeping machine, a door that was away) is filled as history instead of being skipped. */
const GAP_MS = 2 * 60_000
const REPORT_MS = 60_000
const PROGRESS_MS = 10_000

/**
 * Sends for the demo's apps until the signal stops it: first the 62 days that are missing, then the present as it happens. What was
 * sent is kept in `<home>/demo-history.json`, so that a later start sends only what came since. Throws DoorRefusal.
 */
export async function emit(input: {
  url: string
  home: string
  apps: readonly DemoApp[]
  now: () => number
  seed: string
  signal: AbortSignal
  log: (line: string) => void
}): Promise<void> {
  const { url, home, apps, now, signal, log } = input
  const door = openDoor({ url, signal, log })
  const progress = progressFile({ home, appIds: apps.map((app) => app.id) })
  const senders = sendersOf(apps)
  const startMs = now()
  const fillTo = (fromMs: number, toMs: number) =>
    sendHistory({ senders, span: { fromMs, toMs }, door, sentThrough: progress.write, log })
  // One before the hour begins, so that its first moment is in it.
  const firstMs = Math.floor((startMs - HISTORY_MS) / HOUR_MS) * HOUR_MS - 1
  try {
    await fillTo(Math.max(progress.read() ?? firstMs, firstMs), startMs)
    await sendPresent({ ...input, door, senders, fromMs: startMs, fillTo, sentThrough: progress.write })
  } catch (error) {
    if (!(signal.aborted && isAbort(error))) throw error
  }
}

async function sendPresent(input: {
  door: Door
  senders: readonly Sender[]
  fromMs: number
  now: () => number
  seed: string
  signal: AbortSignal
  log: (line: string) => void
  fillTo: (fromMs: number, toMs: number) => Promise<void>
  sentThrough: (throughMs: number) => void
}): Promise<void> {
  const { door, senders, now, signal, log, fillTo, sentThrough } = input
  const random = randomFrom(input.seed)
  const mishaps = new Map(senders.map(({ app }) => [app.slug, createMishaps(random)]))
  let fromMs = input.fromMs
  let count = 0
  let reportAtMs = fromMs + REPORT_MS
  let keepAtMs = fromMs + PROGRESS_MS
  try {
    while (!signal.aborted) {
      await pause(TICK_MIN_MS + random.unit() * (TICK_MAX_MS - TICK_MIN_MS), undefined, { signal })
      const span: Span = { fromMs, toMs: now() }
      if (span.toMs <= span.fromMs) continue
      if (span.toMs - span.fromMs > GAP_MS) await fillTo(span.fromMs, span.toMs)
      else count += await sendTick({ door, senders, span, random, mishaps })
      fromMs = span.toMs
      if (fromMs >= keepAtMs) {
        sentThrough(fromMs)
        keepAtMs = fromMs + PROGRESS_MS
      }
      if (fromMs >= reportAtMs) {
        log(`live ${count} events in the last minute`)
        count = 0
        reportAtMs = fromMs + REPORT_MS
      }
    }
  } finally {
    sentThrough(fromMs)
  }
}

/** What happened to each app since the last tick: a request for each that has something. How many were sent. */
async function sendTick(input: {
  door: Door
  senders: readonly Sender[]
  span: Span
  random: ReturnType<typeof randomFrom>
  mishaps: Map<string, ReturnType<typeof createMishaps>>
}): Promise<number> {
  const { door, senders, span, random, mishaps } = input
  const counts = await Promise.all(
    senders.map(async ({ app, key }) => {
      const happened = liveEvents({ app, span, random, makeId: randomUUID })
      const events: Sent[] = mishaps.get(app.slug)?.(happened) ?? happened
      for (let at = 0; at < events.length; at += EVENTS_MAX) {
        await door.send({ key, events: events.slice(at, at + EVENTS_MAX) })
      }
      return events.length
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

function sendersOf(apps: readonly DemoApp[]): Sender[] {
  const cast = SPACES.flatMap((space) => space.apps)
  return apps.flatMap(({ slug, ingestKey }) => {
    const app = cast.find((one) => one.slug === slug)
    return app ? [{ app, key: ingestKey }] : []
  })
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
