import { fromScaled, QUANTITY_SCALE, toScaled } from '../kernel/decimal.ts'
import type { Instant } from '../kernel/instant.ts'
import { earlier, later } from './instant-order.ts'
import { compareOrders } from './measured-value.ts'
import type { Window } from './tumbling-window.ts'

/** A level seen at an instant: so many bytes stored, so many CPUs in use. It holds until the series' next sample. */
export interface LevelSample {
  /** what the level belongs to: one database, one instance; samples of other series do not end it */
  series: string
  /** what the level is reported under; may differ from sample to sample of a series */
  group: string
  at: Instant
  /** position in the journal: of two samples at one instant the later one stands */
  order: readonly bigint[]
  /** plain decimal text, at most QUANTITY_SCALE digits after the point */
  level: string
}

export interface LevelSum {
  window: Window
  group: string
  /** level × MICROSECONDS, exact */
  levelMicros: string
  /** samples that lie in the window */
  count: number
}

export interface LevelBounds {
  from: Instant
  to: Instant
  /** nothing is known at or after this instant: no level is carried beyond it, no sample there is read */
  through: Instant
  /** ascending, tiling at least [from, to) */
  windows: readonly Window[]
}

/**
 * The integral of levels over time, window by window and group by group: the plain fold that the database's answer is tested against.
 *
 * A sample's level holds from its instant to the series' next sample, over as many windows as that takes, and not beyond min(to, through).
 * The last sample before `from` is carried in. A window has a row for a group in which a level other than zero held or a sample lies: a
 * stopped instance gives one last row, and then none. Ascending by window, then group.
 */
export function integrateLevels(samples: readonly LevelSample[], bounds: LevelBounds): LevelSum[] {
  const until = earlier(bounds.to, bounds.through)
  const rows = new Map<string, { window: Window; group: string; scaled: bigint; count: number }>()
  for (const series of seriesOf(samples.filter((sample) => sample.at < until))) {
    for (const [index, sample] of series.entries()) {
      const next = series[index + 1]?.at ?? until
      const holds = { start: later(sample.at, bounds.from), end: next }
      const level = scaledOf(sample.level)
      for (const window of bounds.windows) {
        const start = later(holds.start, window.start)
        const end = earlier(holds.end, window.end)
        const isSampled = sample.at >= bounds.from && sample.at >= window.start && sample.at < window.end
        if (!isSampled && (start >= end || level === 0n)) continue
        const key = `${window.start} ${sample.group}`
        const row = rows.get(key) ?? { window, group: sample.group, scaled: 0n, count: 0 }
        if (start < end) row.scaled += level * (end - start)
        if (isSampled) row.count++
        rows.set(key, row)
      }
    }
  }
  return [...rows.values()]
    .sort((a, b) =>
      a.window.start === b.window.start ? (a.group < b.group ? -1 : 1) : a.window.start < b.window.start ? -1 : 1,
    )
    .map(({ window, group, scaled, count }) => ({
      window,
      group,
      levelMicros: fromScaled(scaled, QUANTITY_SCALE),
      count,
    }))
}

function seriesOf(samples: readonly LevelSample[]): LevelSample[][] {
  const series = new Map<string, LevelSample[]>()
  for (const sample of samples) series.set(sample.series, [...(series.get(sample.series) ?? []), sample])
  return [...series.values()].map((list) =>
    list.sort((a, b) => (a.at === b.at ? compareOrders(a.order, b.order) : a.at < b.at ? -1 : 1)),
  )
}

function scaledOf(level: string): bigint {
  const scaled = toScaled(level, QUANTITY_SCALE)
  if (!scaled.ok)
    throw new RangeError(`Expected a level of at most ${QUANTITY_SCALE} digits after the point: ${scaled.code}`)
  return scaled.value
}
