import { digitsOf, divided, type Fraction, isLess, least, most, NOTHING, parts, plus, whole } from './exact.ts'
import { DAY, HOUR, windowOf } from './local-time.ts'
import type { TruthMeter } from './measures.ts'
import type { TruthEvent, TruthRecord } from './truth.ts'

/** One event's record of the meter in question. */
export interface Fact {
  event: TruthEvent
  record: TruthRecord
}

export interface Windows {
  size: 'hour' | 'day' | 'month'
  zone: string
}

/** What the aggregation says of some facts, in plain digits; null where it says nothing. Not for TIME_WEIGHTED. */
export function aggregated(meter: TruthMeter, facts: readonly Fact[]): string | null {
  if (facts.length === 0) return meter.aggregation === 'COUNT' || meter.aggregation === 'UNIQUE_COUNT' ? '0' : null
  if (meter.aggregation === 'UNIQUE_COUNT') return String(new Set(facts.map(({ record }) => record.unique)).size)
  return digitsOf(fractionOf(meter, facts))
}

function fractionOf(meter: TruthMeter, facts: readonly Fact[]): Fraction {
  const quantities = facts.map(({ record }) => divided(parts(record.quantity), record.version.divisor))
  switch (meter.aggregation) {
    case 'COUNT':
      return whole(facts.length)
    case 'SUM':
      return sumOf(facts)
    case 'AVG':
      return divided(sumOf(facts), BigInt(facts.length))
    case 'MIN':
      return quantities.reduce((least, each) => (isLess(each, least) ? each : least))
    case 'MAX':
      return quantities.reduce((most, each) => (isLess(most, each) ? each : most))
    case 'LATEST': {
      const latest = facts.reduce((last, each) => (isBefore(last, each) ? each : last))
      return divided(parts(latest.record.quantity), latest.record.version.divisor)
    }
    case 'PERCENTILE': {
      const ascending = quantities.sort((a, b) => (isLess(a, b) ? -1 : 1))
      // the least value that so many of a hundred are not above
      const rank = Math.ceil(((meter.percent ?? 0) * ascending.length) / 100)
      return ascending[rank - 1] ?? NOTHING
    }
    default:
      throw new RangeError(`no value of ${meter.aggregation}`)
  }
}

/** By version first: two divisions instead of thousands. */
function sumOf(facts: readonly Fact[]): Fraction {
  const sums = new Map<bigint, bigint>()
  for (const { record } of facts) {
    const { divisor } = record.version
    sums.set(divisor, (sums.get(divisor) ?? 0n) + record.quantity)
  }
  return [...sums].map(([divisor, sum]) => divided(parts(sum), divisor)).reduce(plus, NOTHING)
}

/** In time, and where two happened at one instant, in the journal. */
export function isBefore(a: Fact, b: Fact): boolean {
  const [left, right] = [placeInTime(a), placeInTime(b)]
  const index = left.findIndex((each, at) => each !== right[at])
  return index >= 0 && (left[index] as bigint) < (right[index] as bigint)
}

function placeInTime({ event }: Fact): bigint[] {
  return [event.at, BigInt(event.shard), event.batch, BigInt(event.pos)]
}

/** The value of each window that has facts, by the window's start. */
export function valuesByWindow(
  meter: TruthMeter,
  facts: readonly Fact[],
  { size, zone }: Windows,
): Map<string, string> {
  const groups = Map.groupBy(facts, ({ event }) => windowOf(event.at, size, zone))
  return new Map([...groups].map(([start, group]) => [String(start), aggregated(meter, group) ?? '']))
}

/**
 * The integral of sampled levels over [from, to), by window (null: one). A level belongs to app, environment and subject, and holds until
 * the next sample. `reports`: whose levels are added up; the others still end one another.
 */
export function levelsByWindow(input: {
  facts: readonly Fact[]
  from: bigint
  to: bigint
  windows: Windows | null
  reports: (fact: Fact) => boolean
}): Map<string, string> {
  const { facts, from, to, windows, reports } = input
  const sums = new Map<bigint, Fraction>()
  const add = (window: bigint, fraction: Fraction) => sums.set(window, plus(sums.get(window) ?? NOTHING, fraction))
  const series = Map.groupBy(
    facts.filter(({ event }) => event.at < to),
    ({ event }) => {
      const { environment, subject } = event.writing.saying
      return JSON.stringify([event.writing.app.id, environment ?? 'production', subject])
    },
  )
  for (const samples of series.values()) {
    samples.sort((a, b) => (isBefore(a, b) ? -1 : 1))
    for (const [index, sample] of samples.entries()) {
      if (!reports(sample)) continue
      const { at } = sample.event
      if (at >= from) add(windows ? windowOf(at, windows.size, windows.zone) : from, NOTHING)
      if (sample.record.quantity === 0n) continue
      const until = samples[index + 1]?.event.at ?? to
      for (let start = most(at, from); start < until; ) {
        const window = windows ? windowOf(start, windows.size, windows.zone) : from
        const next = windows ? windowAfter(window, windows) : to
        const end = least(next, until)
        const level = divided(parts(sample.record.quantity), sample.record.version.divisor * HOUR)
        add(window, { over: level.over * (end - start), under: level.under })
        start = end
      }
    }
  }
  return new Map([...sums].map(([start, sum]) => [String(start), digitsOf(sum)]))
}

function windowAfter(start: bigint, { size, zone }: Windows): bigint {
  const beyond = { hour: HOUR, day: 26n * HOUR, month: 32n * DAY }[size]
  return windowOf(start + beyond, size, zone)
}
