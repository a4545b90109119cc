import type { CompleteOptions } from './options.ts'
import type { KeptEvent } from './spill.ts'

export interface QueuedEvent extends KeptEvent {
  bytes: number
  atMs: number
}

/** What waits in memory, oldest first, within bounds. The first `taken` of them are on their way and cannot be dropped. */
export class EventQueue {
  readonly #bounds: CompleteOptions['buffer']
  #events: QueuedEvent[] = []
  #bytes = 0
  #taken = 0

  constructor(bounds: CompleteOptions['buffer']) {
    this.#bounds = bounds
  }

  get count(): number {
    return this.#events.length
  }

  get bytes(): number {
    return this.#bytes
  }

  hasRoom(bytes: number): boolean {
    return this.#events.length < this.#bounds.events && this.#bytes + bytes <= this.#bounds.bytes
  }

  push(event: QueuedEvent): void {
    this.#events.push(event)
    this.#bytes += event.bytes
  }

  /** The oldest that is not on its way, taken out; undefined when all are. */
  dropOldest(): QueuedEvent | undefined {
    const [dropped] = this.#events.splice(this.#taken, 1)
    if (dropped) this.#bytes -= dropped.bytes
    return dropped
  }

  all(): readonly QueuedEvent[] {
    return this.#events
  }

  /** When the oldest was put in; undefined when nothing waits. */
  oldestAtMs(): number | undefined {
    return this.#events[0]?.atMs
  }

  /** The next batch, left in place until it is settled: `count` events and `bytes` at most, but one in any case. */
  take(most: { events: number; bytes: number }): QueuedEvent[] {
    const batch: QueuedEvent[] = []
    let bytes = 0
    for (const event of this.#events) {
      bytes += event.bytes
      if (batch.length > 0 && (batch.length >= most.events || bytes > most.bytes)) break
      batch.push(event)
    }
    this.#taken = batch.length
    return batch
  }

  /** The batch that was taken is through, or not: then it is the next one again. */
  settle(isThrough: boolean): void {
    if (isThrough) for (const event of this.#events.splice(0, this.#taken)) this.#bytes -= event.bytes
    this.#taken = 0
  }
}
