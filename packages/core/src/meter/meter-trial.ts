import type { MeterVersionFacts } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { fromScaled, type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import { valueInUnit } from '../window/index.ts'
import { dimensionsOf } from './dimensions.ts'
import { measureOf } from './measure.ts'

/** What a version makes of one event: exact decimal texts, or why it cannot count it. */
export type TriedEvent =
  | { ok: true; base: string; quantity: string; uniqueValue: string; dimensions: [string, string][] }
  | { ok: false; code: string; detail: string }

/** Tries a version on single events. Pure: nothing is attributed, and nobody's right is asked for. */
export function meterTrial(version: MeterVersionFacts): (event: UsageEvent) => TriedEvent {
  const measure = measureOf(version)
  const dimensions = dimensionsOf(version.groupBy)
  return (event) => {
    if (event.type !== version.eventType) {
      return { ok: false, code: 'other_type', detail: `expected the type ${version.eventType}, found ${event.type}` }
    }
    const measured = measure(event)
    if (!measured.ok) return measured
    const base = fromScaled(measured.quantity, QUANTITY_SCALE)
    return {
      ...{ ok: true, base, quantity: valueInUnit(base, version.divisor), uniqueValue: measured.uniqueValue },
      dimensions: dimensions(event.data),
    }
  }
}

/** How many different values a dimension has: so many seen, and so many there may be in all. */
export interface DimensionSize {
  name: string
  seen: number
  estimated: number
  /** Events without a value there. */
  empty: number
  /** The most frequent, with their events. */
  top: { value: string; events: number }[]
}

const TOP_MAX = 5

/**
 * How many different values each dimension has, by a sample. Beyond those seen it is estimated how many were missed (Chao: from how many
 * values came up once and how many twice); in a sample in which nearly every event has a value of its own that is a lower bound.
 */
export function dimensionSizes(sample: readonly (readonly [string, string][])[]): DimensionSize[] {
  const counts = new Map<string, Map<string, number>>()
  for (const dimensions of sample) {
    for (const [name, value] of dimensions) {
      const ofName = counts.get(name) ?? new Map<string, number>()
      ofName.set(value, (ofName.get(value) ?? 0) + 1)
      counts.set(name, ofName)
    }
  }
  return [...counts].map(([name, values]) => {
    const empty = values.get('') ?? 0
    values.delete('')
    const all = [...values.values()]
    const once = all.filter((count) => count === 1).length
    const twice = all.filter((count) => count === 2).length
    const missed = Math.ceil((once * (once - 1)) / (2 * (twice + 1)))
    const top = [...values].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, TOP_MAX)
    return {
      ...{ name, seen: values.size, estimated: values.size + missed, empty },
      top: top.map(([value, events]) => ({ value, events })),
    }
  })
}

/** An event of a sample, attributed: `spaceId` is the space it belongs to. */
export interface ShadowedEvent {
  event: UsageEvent
  appId: string
  spaceId: string
  at: Instant
  /** Its place in the journal, to tell which of two at one instant is the later. */
  order: readonly bigint[]
}
