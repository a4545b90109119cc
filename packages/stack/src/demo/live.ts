import type { CastApp } from './cast.ts'
import { type DemoEvent, STREAMS } from './event-shapes.ts'
import type { Span } from './history.ts'
import { sampleLevels } from './levels.ts'
import { activityOf } from './rhythm.ts'
import type { Random } from './seeded-random.ts'
import { makeEvent, paceOf } from './traffic.ts'

const HOUR_MS = 3_600_000
const SAMPLE_MS = 60_000
/** An app's clock and network: an event arrives up to this long after it happened. */
const DELAY_MS = 1_500

/** What happens to an app in a span of the present: unevenly many events of each stream, and the levels sampled each full minute. */
export function liveEvents(input: { app: CastApp; span: Span; random: Random; makeId: () => string }): DemoEvent[] {
  const { app, span, random, makeId } = input
  const activity = activityOf(app, span.toMs)
  const reachMs = Math.max(span.toMs - span.fromMs, DELAY_MS)
  const source = `/demo/${app.slug}`
  const events: DemoEvent[] = []
  for (const stream of STREAMS) {
    const { perHour, amount } = paceOf({ app, stream, activity, density: 'live' })
    const count = drawCount(random, (perHour * (span.toMs - span.fromMs)) / HOUR_MS)
    for (let i = 0; i < count; i++) {
      const atMs = Math.floor(span.toMs - random.unit() * reachMs)
      events.push(makeEvent({ app, stream, random, activity, amount, id: makeId(), source, atMs }))
    }
  }
  for (const atMs of minutesIn(span)) events.push(...sampleLevels(app, atMs))
  return events
}

/** At most this many from one stream in one span: a clock that jumps must not become a flood. */
const COUNT_MAX = 500

/** Poisson: how many of independent happenings fall into a span in which `expected` do on average. */
function drawCount(random: Random, expected: number): number {
  let count = 0
  for (let left = expected; count < COUNT_MAX; count++) {
    left += Math.log(1 - random.unit())
    if (left < 0) break
  }
  return count
}

function* minutesIn({ fromMs, toMs }: Span): Generator<number> {
  for (let atMs = (Math.floor(fromMs / SAMPLE_MS) + 1) * SAMPLE_MS; atMs <= toMs; atMs += SAMPLE_MS) yield atMs
}
