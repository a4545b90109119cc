import type { CastApp } from './cast.ts'
import { type DemoEvent, STREAMS, type Stream } from './event-shapes.ts'
import { levelCount, sampleLevels } from './levels.ts'
import { activityOf } from './rhythm.ts'
import { type Random, randomFrom } from './seeded-random.ts'
import { makeEvent, paceOf } from './traffic.ts'

export const HOUR_MS = 3_600_000
const SAMPLE_MS = 5 * 60_000
/** Scatter of an hour's number of events around what is expected. */
const HOUR_SPREAD = 0.12

/** Moments after `fromMs`, up to and including `toMs`: two spans that meet share no event. */
export interface Span {
  fromMs: number
  toMs: number
}

/**
 * The past of an app in a span, in the order of time, hour by hour. A function of the app's slug and the hours alone: killed and
 * sent again, or cut at other moments, it has the same events with the same ids.
 */
export function* historyOf(app: CastApp, span: Span): Generator<DemoEvent> {
  for (const hourMs of hoursOf(span)) {
    yield* historyHour(app, hourMs).filter((event) => isWithin(Date.parse(event.time), span))
  }
}

/** How many events `historyOf` will give, without making them. */
export function countHistory(app: CastApp, span: Span): number {
  let count = 0
  for (const hourMs of hoursOf(span)) {
    for (const stream of STREAMS)
      count += planHour({ app, stream, hourMs }).times.filter((ms) => isWithin(ms, span)).length
    count += sampleTimes(hourMs).filter((ms) => isWithin(ms, span)).length * levelCount(app)
  }
  return count
}

function historyHour(app: CastApp, hourMs: number): DemoEvent[] {
  const hour = new Date(hourMs).toISOString().slice(0, 13)
  const source = `/demo/${app.slug}/history`
  const events = STREAMS.flatMap((stream) => {
    const { times, random, activity, amount } = planHour({ app, stream, hourMs })
    return times.map((atMs, index) =>
      makeEvent({ app, stream, random, activity, amount, id: `${stream.type}-${hour}-${index}`, source, atMs }),
    )
  })
  for (const atMs of sampleTimes(hourMs)) events.push(...sampleLevels(app, atMs))
  return events.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}

/** When the events of one stream fall within the hour; `random` stands where making them goes on. */
function planHour({ app, stream, hourMs }: { app: CastApp; stream: Stream; hourMs: number }): {
  times: number[]
  random: Random
  activity: number
  amount: number
} {
  const random = randomFrom(`${app.slug} ${stream.type} ${hourMs}`)
  const activity = activityOf(app, hourMs + HOUR_MS / 2)
  const { perHour, amount } = paceOf({ app, stream, activity, density: 'history' })
  const count = Math.floor(perHour * random.around(HOUR_SPREAD) + random.unit())
  const times = Array.from({ length: count }, () => hourMs + Math.floor(random.unit() * HOUR_MS)).sort((a, b) => a - b)
  return { times, random, activity, amount }
}

function sampleTimes(hourMs: number): number[] {
  return Array.from({ length: HOUR_MS / SAMPLE_MS }, (_, index) => hourMs + index * SAMPLE_MS)
}

function* hoursOf({ fromMs, toMs }: Span): Generator<number> {
  for (let hourMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS; hourMs <= toMs; hourMs += HOUR_MS) yield hourMs
}

function isWithin(atMs: number, { fromMs, toMs }: Span): boolean {
  return fromMs < atMs && atMs <= toMs
}
