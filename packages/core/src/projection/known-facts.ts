import { isExempt } from '../attribution/index.ts'
import type { Catalogue, SteadyTime } from '../catalogue/index.ts'
import type { Instant } from '../kernel/index.ts'

/** Keys come from senders, so what is kept of them is bounded; beyond it, all is asked anew. */
const KEPT_MAX = 10_000

/** What the catalogue says of an app while nothing of it begins or ends. */
interface AppFacts<Meter> {
  spaceId: string
  isExempt: Map<string, boolean>
  /** By event type; null where the careful way has something to say. */
  meters: Map<string, readonly Meter[] | null>
}

export interface KnownFacts<Meter> {
  spaceId: string
  isExempt: boolean
  meters: readonly Meter[]
}

/**
 * Answers from memory what nearly every event asks: who owned the app, and by which meters, under which rights, its type is measured.
 * Facts are kept for each interval in which the catalogue is steady. `look` asks the catalogue itself; where it finds a fault, null
 * is remembered and the event goes the careful way, which alone names faults.
 */
export class FactMemory<Meter> {
  readonly #catalogue: Catalogue
  readonly #look: (input: { appId: string; spaceId: string; type: string; at: Instant }) => readonly Meter[] | null
  readonly #bySteadyTime = new Map<SteadyTime, Map<string, AppFacts<Meter> | null>>()
  #now: SteadyTime = { from: 0n, to: 0n }
  #apps = new Map<string, AppFacts<Meter> | null>()

  constructor(
    catalogue: Catalogue,
    look: (input: { appId: string; spaceId: string; type: string; at: Instant }) => readonly Meter[] | null,
  ) {
    this.#catalogue = catalogue
    this.#look = look
  }

  find(input: { appId: string; type: string; installation: string | null; at: Instant }): KnownFacts<Meter> | null {
    const { appId, type, installation, at } = input
    this.#moveTo(at)
    let app = this.#apps.get(appId)
    if (app === undefined) app = remember(this.#apps, appId, this.#factsOf(appId, at))
    if (app === null) return null
    let meters = app.meters.get(type)
    if (meters === undefined) {
      meters = remember(app.meters, type, this.#look({ appId, spaceId: app.spaceId, type, at }))
    }
    if (meters === null) return null
    return { spaceId: app.spaceId, isExempt: installation !== null && this.#isExempt(app, input), meters }
  }

  #moveTo(at: Instant): void {
    const { from, to } = this.#now
    if ((from === null || from <= at) && (to === null || at < to)) return
    this.#now = this.#catalogue.steadyAround(at)
    const known = this.#bySteadyTime.get(this.#now)
    this.#apps = known ?? new Map()
    if (known === undefined) remember(this.#bySteadyTime, this.#now, this.#apps)
  }

  #factsOf(appId: string, at: Instant): AppFacts<Meter> | null {
    const ownership = this.#catalogue.ownershipOf(appId, at)
    return ownership === null ? null : { spaceId: ownership.spaceId, isExempt: new Map(), meters: new Map() }
  }

  #isExempt(app: AppFacts<Meter>, input: { appId: string; installation: string | null; at: Instant }): boolean {
    const installation = input.installation ?? ''
    return (
      app.isExempt.get(installation) ??
      remember(app.isExempt, installation, isExempt({ catalogue: this.#catalogue, ...input }))
    )
  }
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): Value {
  if (map.size >= KEPT_MAX) map.clear()
  map.set(key, value)
  return value
}
