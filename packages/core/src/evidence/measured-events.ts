import type { CatalogueDocument } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { fromScaled, type Instant, multiplyDecimals, QUANTITY_SCALE } from '../kernel/index.ts'
import type { MeterBase } from '../posting/index.ts'
import type { Projector, UsageRecord } from '../projection/index.ts'
import { integrateLevels, type LevelSample, MICROS_PER_HOUR, type Window } from '../window/index.ts'
import type { UsageEntry } from './verify-evidence.ts'

/** A catalogue, ready to measure by. */
export interface Measuring {
  document: CatalogueDocument
  projector: Projector
}

type MeterVersion = CatalogueDocument['meters'][number]['versions'][number]

interface Sum {
  meter: string
  version: MeterVersion
  base: bigint
}

const ONE = 10n ** BigInt(QUANTITY_SCALE)

/** What events come to in one account-window: those that add up in it, and levels that hold in it. */
export class MeasuredEvents {
  readonly #of: { entry: UsageEntry; window: Window; spaceId: string }
  readonly #sums = new Map<string, Sum>()
  readonly #samples: LevelSample[] = []
  /** By group: under which version a level was sampled, in the entry's space and as exempt as the entry is. */
  readonly #levels = new Map<string, { meter: string; version: MeterVersion }>()

  constructor(of: { entry: UsageEntry; window: Window; spaceId: string }) {
    this.#of = of
  }

  /** Null if the event is measured into the window; else what was expected of it. `order`: its place in the journal. */
  add(input: {
    measuring: Measuring
    event: UsageEvent
    receivedAt: Instant
    order: readonly bigint[]
  }): { expected: string; found: string } | null {
    const { measuring, event, receivedAt } = input
    const { entry } = this.#of
    const at = event.time ?? receivedAt
    const projection = measuring.projector.project({ event, appId: entry.app, at, receivedAt })
    let used = 0
    for (const record of event.environment === entry.environment ? projection.records : []) {
      const meter = measuring.document.meters.find(({ slug }) => slug === record.meter)
      const version = meter?.versions.find((each) => each.version === record.meterVersion)
      if (meter?.capabilityKey !== entry.capability || version === undefined) continue
      const fact = { ...input, at, record, version, spaceId: projection.spaceId }
      if (version.aggregation === 'TIME_WEIGHTED') used += this.#sample(fact)
      else if (version.aggregation === 'SUM' || version.aggregation === 'COUNT') used += this.#sum(fact)
      else return { expected: 'a meter that can be billed by windows', found: version.aggregation }
    }
    if (used > 0) return null
    return { expected: 'usage of the window, environment and capability of the entry', found: 'none of it' }
  }

  /** Base measures and divisors as posting has them. */
  bases(): MeterBase[] {
    const sums = [...this.#sums.values()].map(({ meter, version, base }) => {
      return { meter, version: version.version, base: fromScaled(base, QUANTITY_SCALE), divisor: version.divisor }
    })
    const { start, end } = this.#of.window
    const bounds = { from: start, to: end, through: end, windows: [this.#of.window] }
    const levels = integrateLevels(this.#samples, bounds).flatMap(({ group, levelMicros }): MeterBase[] => {
      const level = this.#levels.get(group)
      if (level === undefined) return []
      const { meter, version } = level
      const divisor = multiplyDecimals(version.divisor, MICROS_PER_HOUR)
      return [{ meter, version: version.version, base: levelMicros, divisor }]
    })
    return [...sums, ...levels]
  }

  #sum({ at, record, version, spaceId }: Fact): number {
    const { window } = this.#of
    if (at < window.start || at >= window.end || !this.#isOfAccount(spaceId, record)) return 0
    const key = `${record.meter} ${record.meterVersion}`
    const sum = this.#sums.get(key) ?? { meter: record.meter, version, base: 0n }
    const more = version.aggregation === 'COUNT' ? ONE : record.quantity
    this.#sums.set(key, { ...sum, base: sum.base + more })
    return 1
  }

  /** A sample of another space belongs here too: it ends the level before it. */
  #sample({ at, record, version, spaceId, event, order }: Fact): number {
    if (at >= this.#of.window.end) return 0
    const group = JSON.stringify([record.meter, record.meterVersion, spaceId, record.isExempt])
    if (this.#isOfAccount(spaceId, record)) this.#levels.set(group, { meter: record.meter, version })
    const series = JSON.stringify([record.meter, event.subject])
    const level = fromScaled(record.quantity, QUANTITY_SCALE)
    this.#samples.push({ series, group, at, order, level })
    return 1
  }

  #isOfAccount(spaceId: string, record: UsageRecord): boolean {
    return spaceId === this.#of.spaceId && record.isExempt === this.#of.entry.exempt
  }
}

interface Fact {
  event: UsageEvent
  order: readonly bigint[]
  at: Instant
  record: UsageRecord
  version: MeterVersion
  spaceId: string
}
