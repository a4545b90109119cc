import type { CastApp } from './cast.ts'
import { type Door, DoorRefusal, EVENTS_MAX } from './door.ts'
import type { DemoEvent } from './event-shapes.ts'
import { countHistory, HOUR_MS, historyOf, type Span } from './history.ts'

/** An app of the cast with the key that sends for it. */
export interface Sender {
  app: CastApp
  key: string
}

/** What is held in memory at a time, and the step in which progress is kept. */
const STEP_MS = 24 * HOUR_MS
const IN_FLIGHT_MAX = 4

/**
 * Sends the past of all apps in a span, a day at a time, a few requests side by side. `sentThrough` hears of each day once every one
 * of its events is taken: whoever goes on from there misses none. Throws when the door refuses one.
 */
export async function sendHistory(input: {
  senders: readonly Sender[]
  span: Span
  door: Door
  sentThrough: (throughMs: number) => void
  log: (line: string) => void
}): Promise<void> {
  const { senders, span, door, sentThrough, log } = input
  const total = senders.reduce((sum, { app }) => sum + countHistory(app, span), 0)
  let sent = 0
  for (let fromMs = span.fromMs; fromMs < span.toMs; fromMs += STEP_MS) {
    const step: Span = { fromMs, toMs: Math.min(fromMs + STEP_MS, span.toMs) }
    await sendBatches({ batches: batchesOf(senders, step), door })
    sent += senders.reduce((sum, { app }) => sum + countHistory(app, step), 0)
    sentThrough(step.toMs)
    log(`history ${sent}/${total}`)
  }
  log('history sent')
}

interface Batch {
  key: string
  events: DemoEvent[]
}

function* batchesOf(senders: readonly Sender[], span: Span): Generator<Batch> {
  for (const { app, key } of senders) {
    let events: DemoEvent[] = []
    for (const event of historyOf(app, span)) {
      events.push(event)
      if (events.length < EVENTS_MAX) continue
      yield { key, events }
      events = []
    }
    if (events.length > 0) yield { key, events }
  }
}

/** Each lane takes the next batch when its last one is answered; the first failure ends them all. */
async function sendBatches({ batches, door }: { batches: Generator<Batch>; door: Door }): Promise<void> {
  const lane = async () => {
    for (let next = batches.next(); !next.done; next = batches.next()) {
      const taken = await door.send(next.value)
      if (taken === 'some')
        throw new DoorRefusal('an event of the demo’s history was refused: it should have none that can be')
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: IN_FLIGHT_MAX }, lane))
  const failed = lanes.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
