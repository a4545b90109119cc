import type { CastApp } from './cast.ts'
import { circumstancesOf, type DemoEvent, type Stream } from './event-shapes.ts'
import { popularityOf } from './popularity.ts'
import type { Random } from './seeded-random.ts'

/** Scatter of the single event's usage around its share. */
const AMOUNT_SPREAD = 0.35

export interface Pace {
  /** Events expected in an hour like this one. */
  perHour: number
  /** What one of them stands for, in the stream's base measure; 1 in a stream that counts. */
  amount: number
}

/**
 * How many events of a stream an app sends in an hour of this activity, and how much each stands for. In a `sum` stream a busier
 * hour has both more and bigger events, and the product is the app's usage at any density.
 */
export function paceOf(input: { app: CastApp; stream: Stream; activity: number; density: 'history' | 'live' }): Pace {
  const { app, stream, activity, density } = input
  const popularity = popularityOf(app.rank)
  const base = density === 'history' ? stream.historyPerHour : stream.livePerHour
  const rare = base * popularity ** stream.rarity
  if (stream.kind === 'count') return { perHour: stream.rarity === 0 ? rare : rare * activity, amount: 1 }
  const perHour = rare * Math.sqrt(activity)
  return { perHour, amount: (stream.usagePerHour * popularity * activity) / perHour }
}

/** One event of a stream. Draws from `random` in a fixed order. */
export function makeEvent(input: {
  app: CastApp
  stream: Stream
  random: Random
  activity: number
  amount: number
  id: string
  source: string
  atMs: number
}): DemoEvent {
  const { app, stream, random, activity, amount, id, source, atMs } = input
  return {
    specversion: '1.0',
    id,
    source,
    type: stream.type,
    time: new Date(atMs).toISOString(),
    ...circumstancesOf({ app, random }),
    data: stream.data({ app, random, activity, amount: amount * random.around(AMOUNT_SPREAD) }),
  }
}
