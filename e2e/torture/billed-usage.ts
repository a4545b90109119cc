// Which windows the run's usage is billed in, and how much lies in each: told from the events by hand.
// Promises: hours of UTC, cut where a month of the space or a price begins; only what adds up and has a price; only what is settled.
// Does not know: what was posted.
import { most } from './exact.ts'
import { HOUR, modulo, windowOf } from './local-time.ts'
import { type Fact, isBefore } from './totals.ts'
import type { TruthEvent } from './truth.ts'
import type { World } from './world.ts'

const BILLED: ReadonlySet<string> = new Set(['SUM', 'COUNT', 'TIME_WEIGHTED'])
/** Longer than any month, shorter than two. */
const OVER_A_MONTH = 32n * 24n * HOUR

/** An app's use of a capability in a month of a space: what shares one allowance. */
interface BilledAccount {
  spaceId: string
  appId: string
  capability: string
  /** The month begins. */
  period: bigint
}

export interface BilledWindow extends BilledAccount {
  environment: string
  isExempt: boolean
  start: bigint
  end: bigint
}

/** Sums of bases (in parts; of a level, parts × microseconds) by divisor and by the meter and version that measured them. */
export type Bases = Map<string, { meter: string; divisor: bigint; base: bigint }>

/** By the text of the window. */
export type BilledUsage = Map<string, { window: BilledWindow; bases: Bases }>

/** Everything of the truth's final state that is settled: windows that begin before `until` of the app's shard. */
export function billedUsage(input: {
  world: World
  truth: readonly TruthEvent[]
  until: ReadonlyMap<number, bigint>
}): BilledUsage {
  const { world, truth } = input
  const usage: BilledUsage = new Map()
  const series = new Map<string, Fact[]>()
  for (const event of truth) {
    const until = input.until.get(event.shard) ?? 0n
    if (event.at >= until) continue
    for (const record of event.records) {
      const { meter } = record
      if (!BILLED.has(meter.aggregation) || !world.prices.has(meter.capability)) continue
      if (meter.aggregation !== 'TIME_WEIGHTED') {
        addTo(usage, { world, event, record, at: event.at, base: record.quantity, per: 1n })
        continue
      }
      const { environment, subject } = event.writing.saying
      const key = JSON.stringify([event.writing.app.id, meter.slug, environment ?? 'production', subject])
      const facts = series.get(key)
      if (facts) facts.push({ event, record })
      else series.set(key, [{ event, record }])
    }
  }
  for (const facts of series.values()) addLevels(usage, { world, facts, until: input.until })
  return usage
}

/** A level holds until the next sample of its series, whoever owns the app by then, and is the usage of whom it was sampled for. */
function addLevels(
  usage: BilledUsage,
  { world, facts, until }: { world: World; facts: Fact[]; until: ReadonlyMap<number, bigint> },
): void {
  facts.sort((a, b) => (isBefore(a, b) ? -1 : 1))
  for (const [index, { event, record }] of facts.entries()) {
    if (record.quantity === 0n) continue
    const next = facts[index + 1]?.event.at ?? until.get(event.shard) ?? 0n
    for (let at = event.at; at < next; ) {
      const { end } = windowAt(world, { spaceId: event.spaceId, capability: record.meter.capability, at })
      const held = (end < next ? end : next) - at
      addTo(usage, { world, event, record, at, base: record.quantity * held, per: HOUR })
      at += held
    }
  }
}

function addTo(
  usage: BilledUsage,
  { world, event, record, at, base, per }: Fact & { world: World; at: bigint; base: bigint; per: bigint },
): void {
  const { spaceId, isExempt, writing } = event
  const { meter, version } = record
  const { capability } = meter
  const window: BilledWindow = {
    ...{ spaceId, capability, isExempt, appId: writing.app.id },
    environment: writing.saying.environment ?? 'production',
    ...windowAt(world, { spaceId, capability, at }),
  }
  const key = windowText(window)
  const known = usage.get(key) ?? { window, bases: new Map() }
  usage.set(key, known)
  addBase(known.bases, { meter: `${meter.slug} ${version.version}`, divisor: version.divisor * per, base })
}

export function addBase(bases: Bases, more: { meter: string; divisor: bigint; base: bigint }): void {
  const key = `${more.meter} ÷ ${more.divisor}`
  const known = bases.get(key)
  if (known) known.base += more.base
  else bases.set(key, { ...more })
}

function windowAt(
  world: World,
  { spaceId, capability, at }: { spaceId: string; capability: string; at: bigint },
): { period: bigint; start: bigint; end: bigint } {
  const zone = world.billingZones.get(spaceId) ?? ''
  const hour = at - modulo(at, HOUR)
  const period = monthOf(at, zone)
  const nextMonth = monthOf(period + OVER_A_MONTH, zone)
  let [start, end] = [most(hour, period), hour + HOUR]
  for (const cut of [nextMonth, ...(world.prices.get(capability) ?? []).map(({ from }) => from)]) {
    if (cut <= at) start = most(start, cut)
    else if (cut < end) end = cut
  }
  return { period, start, end }
}

const months = new Map<string, bigint>()

/** Asked once for each quarter of an hour: no month begins within one. */
function monthOf(at: bigint, zone: string): bigint {
  const quarter = at - modulo(at, HOUR / 4n)
  const key = `${zone} ${quarter}`
  const month = months.get(key) ?? windowOf(quarter, 'month', zone)
  months.set(key, month)
  return month
}

export function accountText({ spaceId, appId, capability, period }: BilledAccount): string {
  return `${spaceId} ${appId} ${capability} ${period}`
}

export function windowText(window: BilledWindow): string {
  const { start, end, isExempt, environment } = window
  return `${accountText(window)} ${start} ${end} ${isExempt ? 'exempt' : 'charged'} ${environment}`
}

/** What is not nothing, in one order. */
export function basesText(bases: Bases): string {
  const texts = [...bases].filter(([, { base }]) => base !== 0n).map(([key, { base }]) => `${key}: ${base}`)
  return texts.sort().join(', ')
}
