import type { ProjectedEvent } from '@meterbook/core/projection'
import { EVENT_TO_CHART_SECONDS, noCounts, type WorkerCounts } from '@meterbook/db/redis'

const ADD_MS = 1_000

/**
 * What became of the events of this process, and how long each took from receipt to sight; handed on once a second. Killed, the last second is
 * not in the counters. Nothing is decided by them: they are for metrics.
 */
export class EventCounts {
  readonly #add: (counts: WorkerCounts) => Promise<void>
  readonly #timer: NodeJS.Timeout
  #counts = noCounts()
  #isEmpty = true

  constructor(add: (counts: WorkerCounts) => Promise<void>) {
    this.#add = add
    this.#timer = setInterval(() => void this.#hand(), ADD_MS)
    this.#timer.unref()
  }

  /** A group that has just become visible. Neighbours are nearly always alike, so they are counted in runs. */
  count(events: readonly ProjectedEvent[], nowMs: number): void {
    let from = 0
    for (let to = 1; to <= events.length; to += 1) {
      const one = events[from]
      if (one === undefined || (to < events.length && isAlike(one, events[to]))) continue
      this.#run(one, { events: to - from, nowMs })
      from = to
    }
    this.#isEmpty &&= events.length === 0
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#hand()
  }

  #run(event: ProjectedEvent, { events, nowMs }: { events: number; nowMs: number }): void {
    const { verdicts, chartBuckets } = this.#counts
    const name = `${event.verdict} ${event.reason}`
    verdicts.set(name, (verdicts.get(name) ?? 0) + events)
    const tookMs = Math.max(0, nowMs - Number(event.source.receivedAt / 1000n))
    const index = EVENT_TO_CHART_SECONDS.findIndex((bound) => tookMs <= bound * 1000)
    const bucket = index < 0 ? EVENT_TO_CHART_SECONDS.length : index
    chartBuckets[bucket] = (chartBuckets[bucket] ?? 0) + events
    this.#counts.chartMs += tookMs * events
  }

  async #hand(): Promise<void> {
    if (this.#isEmpty) return
    const counts = this.#counts
    this.#counts = noCounts()
    this.#isEmpty = true
    // Redis is away: those of this second are not counted, which is no reason to keep anybody waiting.
    await this.#add(counts).catch(() => undefined)
  }
}

function isAlike(one: ProjectedEvent, other: ProjectedEvent | undefined): boolean {
  return (
    other !== undefined &&
    one.verdict === other.verdict &&
    one.reason === other.reason &&
    one.source.receivedAt === other.source.receivedAt
  )
}
