import { writeEvent } from './cloud-event.ts'
import { EventQueue, type QueuedEvent } from './event-queue.ts'
import {
  type ClientOptions,
  type CompleteOptions,
  completeOptions,
  type EventDetails,
  type Flushed,
  type Lost,
  type LostReason,
  type Problem,
  type Receipt,
  type Refused,
} from './options.ts'
import { type Answer, postBatch } from './post-batch.ts'
import { retryDelay } from './retry-delay.ts'
import type { KeptEvent } from './spill.ts'

const FLUSH_MS = 10_000
const CLOSE_MS = 5_000
const REJECTED_MS = 30_000
const READ_BYTES_MAX = 1024 * 1024

/** `Events`: data by type, as `{ request: { route: string } }`. Without it any type takes any data. */
// biome-ignore lint/suspicious/noExplicitAny: an interface has no index signature, so `object` with `any` is the widest map that takes one.
export interface Meterbook<Events extends object = Record<string, any>> {
  /** Keeps the event for sending; answers its id, or null if it is given up, which onLost tells too. Takes microseconds and never throws. */
  send<Type extends keyof Events & string>(type: Type, data: Events[Type], details?: EventDetails): string | null
  /** Sends what waits without waiting for a batch to fill; resolves when all of it is settled or `withinMs` (10 s) passed. Never rejects. */
  flush(withinMs?: number): Promise<Flushed>
  /** Takes no more, flushes for `withinMs` (5 s) and stops. What is left then stays on the disk, or is lost where there is none. Never rejects. */
  close(withinMs?: number): Promise<Flushed>
  /** Events that wait, in memory and on disk. */
  readonly waiting: number
}

/** A client for one key. Never throws: wrong options are told to onProblem, and then no event is kept. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export function createMeterbook<Events extends object = Record<string, any>>(
  options: ClientOptions,
): Meterbook<Events> {
  return new Client(options)
}

class Client implements Meterbook {
  readonly #options: CompleteOptions
  readonly #queue: EventQueue
  #number = 0
  #settled = 0
  #failures = 0
  #notBeforeMs = 0
  #eventsMax: number
  #timer: ReturnType<typeof setTimeout> | null = null
  #isSending = false
  #isClosed = false
  #isEnded = false
  #isSpillWell = true
  #lost: Lost[] = []
  readonly #flushes = new Set<{ target: number; done: () => void }>()

  constructor(options: ClientOptions) {
    this.#options = completeOptions(options)
    this.#queue = new EventQueue(this.#options.buffer)
    this.#eventsMax = this.#options.batch.events
    const { fault } = this.#options
    if (fault !== null) this.#tell({ code: 'misconfigured', detail: fault })
    else this.#onSpill((spill) => spill.takeOver())
    this.#schedule()
  }

  get waiting(): number {
    return this.#queue.count + this.#unread()
  }

  send(type: string, data: unknown, details: EventDetails = {}): string | null {
    try {
      const nowMs = Date.now()
      const makeId = this.#options.makeId ?? (() => globalThis.crypto.randomUUID())
      const written = writeEvent(this.#options, { type, data, details, makeId, nowMs })
      if (this.#isClosed) return this.#lose(written.id, type, 'closed', 'the client was closed before')
      const { fault } = this.#options
      if (fault !== null) return this.#lose(written.id, type, 'unsendable', fault)
      if ('fault' in written) return this.#lose(written.id, type, 'unsendable', written.fault)
      const event = { ...written, number: this.#nextNumber(), atMs: nowMs }
      if (!this.#keep(event)) return this.#lose(written.id, type, 'overflow', 'the buffer is full')
      this.#schedule()
      return written.id
    } catch (error) {
      this.#tell({ code: 'misconfigured', detail: `an event could not be made: ${wordsOf(error)}` })
      return null
    }
  }

  flush(withinMs = FLUSH_MS): Promise<Flushed> {
    const before = this.#settled
    const answer = () => ({ settled: this.#settled - before, left: this.waiting })
    if (this.waiting === 0 || this.#isEnded) return Promise.resolve(answer())
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(deadline)
        this.#flushes.delete(flush)
        resolve(answer())
      }
      const deadline = setTimeout(end, withinMs)
      const flush = { target: before + this.waiting, done: end }
      this.#flushes.add(flush)
      this.#schedule()
    })
  }

  async close(withinMs = CLOSE_MS): Promise<Flushed> {
    this.#isClosed = true
    const flushed = await this.flush(withinMs)
    if (this.#isEnded) return flushed
    this.#isEnded = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (!this.#options.spill)
      for (const event of this.#queue.all()) this.#loseKept(event, 'closed', 'the client was closed before it was sent')
    this.#onSpill((spill) => spill.close())
    return flushed
  }

  // --- what waits

  /** On disk where there is one, in memory where there is room; false if it is given up. */
  #keep(event: QueuedEvent): boolean {
    const fits = this.#queue.hasRoom(event.bytes)
    // What is on disk only goes first, so everything after it goes through the disk as well.
    const isRead = fits && this.#unread() === 0
    const isOnDisk = this.#onSpill((spill) => spill.append(event, isRead)) ?? false
    if (isOnDisk && !isRead) return true
    if (this.#queue.hasRoom(event.bytes) || this.#makeRoom(event.bytes)) {
      this.#queue.push(event)
      return true
    }
    this.#onSpill((spill) => spill.settle([event.number]))
    return false
  }

  #makeRoom(bytes: number): boolean {
    if (this.#options.buffer.overflow === 'drop-newest') return false
    while (!this.#queue.hasRoom(bytes)) {
      const dropped = this.#queue.dropOldest()
      if (dropped === undefined) return false
      this.#onSpill((spill) => spill.settle([dropped.number]))
      this.#loseKept(dropped, 'overflow', 'the buffer is full, and newer ones came')
      this.#settled += 1
    }
    return true
  }

  #refill(): void {
    if (this.#unread() === 0) return
    const nowMs = Date.now()
    while (this.#unread() > 0 && this.#queue.count < this.#options.batch.events) {
      const read = this.#onSpill((spill) => spill.read(READ_BYTES_MAX))
      if (read === null || read.length === 0) return
      for (const event of read) this.#queue.push({ ...event, bytes: event.text.length, atMs: nowMs })
    }
  }

  #unread(): number {
    return this.#onSpill((spill) => spill.unread()) ?? 0
  }

  #nextNumber(): number {
    return this.#options.spill?.nextNumber() ?? ++this.#number
  }

  // --- sending

  #schedule(): void {
    if (this.#isSending || this.#isEnded || this.#options.fault !== null) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.waiting === 0) {
      this.#finishFlushes()
      return
    }
    const waitMs = Math.max(this.#dueInMs(), this.#notBeforeMs - Date.now(), 0)
    const timer: { unref?: () => void } | number = setTimeout(() => void this.#sendNext(), waitMs)
    this.#timer = timer as ReturnType<typeof setTimeout>
    // An app that has nothing else to do may end, unless somebody waits for us.
    if (typeof timer === 'object' && this.#flushes.size === 0) timer.unref?.()
  }

  #dueInMs(): number {
    const { batch } = this.#options
    const isFull = this.#queue.count >= batch.events || this.#queue.bytes >= batch.bytes
    if (isFull || this.#flushes.size > 0 || this.#unread() > 0) return 0
    return (this.#queue.oldestAtMs() ?? 0) + batch.ageMs - Date.now()
  }

  async #sendNext(): Promise<void> {
    this.#isSending = true
    try {
      this.#refill()
      const batch = this.#queue.take({ events: this.#eventsMax, bytes: this.#options.batch.bytes })
      if (batch.length > 0)
        this.#hear(
          batch,
          await postBatch(
            this.#options,
            batch.map(({ text }) => text),
          ),
        )
    } catch (error) {
      // Not expected of anything above; the batch is the next one again.
      this.#queue.settle(false)
      this.#backOff({ detail: wordsOf(error), status: 0, retryAfterMs: null }, 'retrying')
    } finally {
      this.#isSending = false
      this.#finishFlushes()
      this.#schedule()
    }
  }

  #hear(batch: readonly QueuedEvent[], answer: Answer): void {
    // Closed meanwhile: what is on disk is sent again by the next start, and counted once.
    if (this.#isEnded) return
    if (answer.kind === 'retry' || answer.kind === 'rejected') {
      this.#queue.settle(false)
      const retryAfterMs =
        answer.kind === 'retry' ? answer.retryAfterMs : Math.min(REJECTED_MS, this.#options.retry.mostMs)
      this.#backOff({ ...answer, retryAfterMs }, answer.kind === 'retry' ? 'retrying' : 'rejected')
      return
    }
    this.#failures = 0
    this.#notBeforeMs = 0
    if (answer.kind === 'too-large' && batch.length > 1) {
      this.#queue.settle(false)
      this.#eventsMax = Math.ceil(batch.length / 2)
      return
    }
    this.#eventsMax = this.#options.batch.events
    this.#queue.settle(true)
    this.#settled += batch.length
    this.#onSpill((spill) => spill.settle(batch.map(({ number }) => number)))
    this.#tellOutcome(batch, answer)
  }

  #tellOutcome(batch: readonly QueuedEvent[], answer: Exclude<Answer, { kind: 'retry' | 'rejected' }>): void {
    if (answer.kind !== 'taken') {
      const errors = answer.kind === 'refused' ? answer.errors : []
      const detail = answer.kind === 'refused' ? answer.detail : 'the server takes no event as large as this one'
      const of = (at: number) => errors.filter(({ index }) => index === undefined || index === at)
      this.#refuse(
        batch.map((event, at) => ({ event, errors: of(at) })),
        detail,
      )
      return
    }
    if (answer.isUnreadable) this.#tell({ code: 'unreadable', detail: 'expected a receipt, found something else' })
    if (answer.receipt === null) return
    this.#call(this.#options.onReceipt, answer.receipt)
    if (answer.receipt.refused > 0) this.#refuse(refusedOf(batch, answer.receipt), 'the server did not take it')
  }

  #refuse(refused: readonly { event: QueuedEvent; errors: Refused['errors'] }[], detail: string): void {
    for (const { event, errors } of refused) this.#loseKept(event, 'refused', errors[0]?.message ?? detail)
    this.#call(
      this.#options.onRefused,
      refused.map(({ event, errors }) => ({ id: event.id, errors })),
    )
  }

  #backOff(
    answer: { status: number; detail: string; retryAfterMs: number | null },
    code: 'retrying' | 'rejected',
  ): void {
    this.#failures += 1
    const { firstMs, mostMs } = this.#options.retry
    const { status, detail, retryAfterMs } = answer
    const retryInMs = Math.round(
      retryDelay({ failures: this.#failures, firstMs, mostMs, retryAfterMs, random: Math.random() }),
    )
    this.#notBeforeMs = Date.now() + retryInMs
    this.#tell({ code, detail, retryInMs, ...(status > 0 && { status }) })
  }

  #finishFlushes(): void {
    for (const flush of this.#flushes) if (this.#settled >= flush.target || this.waiting === 0) flush.done()
  }

  // --- telling the app

  #lose(id: string, type: string, reason: LostReason, detail: string): null {
    if (this.#lost.length === 0) queueMicrotask(() => this.#tellLost())
    this.#lost.push({ id, type, reason, detail })
    return null
  }

  #loseKept(event: KeptEvent, reason: LostReason, detail: string): void {
    const { type } = JSON.parse(event.text) as { type: string }
    this.#lose(event.id, type, reason, detail)
  }

  #tellLost(): void {
    const lost = this.#lost
    this.#lost = []
    this.#call(this.#options.onLost, lost)
  }

  #tell(problem: Problem): void {
    this.#call(this.#options.onProblem, problem)
  }

  /** A callback's own fault stays with it: the app that called us has no part in it. */
  #call<Value>(callback: ((value: Value) => unknown) | undefined, value: Value): void {
    const fail = (error: unknown) => {
      if (callback !== this.#options.onProblem) this.#tell({ code: 'callback', detail: wordsOf(error) })
    }
    try {
      const answer = callback?.(value)
      if (answer instanceof Promise) answer.catch(fail)
    } catch (error) {
      fail(error)
    }
  }

  /** Null without a disk, or when it failed: told once, until it works again. */
  #onSpill<Answer>(use: (spill: NonNullable<ClientOptions['spill']>) => Answer): Answer | null {
    const { spill } = this.#options
    if (!spill) return null
    try {
      const answer = use(spill)
      if (answer === true) this.#isSpillWell = true
      return answer
    } catch (error) {
      if (this.#isSpillWell) this.#tell({ code: 'spill', detail: `events are kept in memory only: ${wordsOf(error)}` })
      this.#isSpillWell = false
      return null
    }
  }
}

function refusedOf(
  batch: readonly QueuedEvent[],
  { events }: Receipt,
): { event: QueuedEvent; errors: Refused['errors'] }[] {
  return events.flatMap(({ index, verdict, validationErrors }) => {
    const event = batch[index]
    return verdict === 'refused' && event ? [{ event, errors: validationErrors ?? [] }] : []
  })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is no error was thrown'
}
