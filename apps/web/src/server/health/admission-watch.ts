// health: how the process and what it depends on are doing, and how much the door may take of what is offered.
// Promises: asking costs a request nothing; what is unknown is said to be unknown, never healthy.
// Does not know: what is in an event, who sends it, how it is projected.
import {
  type AdmissionMode,
  type Door,
  decideAdmission,
  newDoor,
  newShardAdmission,
  type ShardAdmission,
  type ShardLook,
  shareOf,
  TokenBucket,
  watchDoor,
} from '@meterbook/core/admission'
import { type Pool, readShardLags, type ShardLag } from '@meterbook/db/postgres'

/** One look costs Postgres some index look-ups; overload of a second is seen within a quarter of one. */
const LOOK_MS = 250
/** For a shard that is full: nobody will free it within seconds. */
const FULL_RETRY_SECONDS = 30
/** Senders that all come back at once would only be refused together again: the wait is at least this. */
const RETRY_SECONDS_MIN = 1
const RETRY_SECONDS_MAX = 10

/**
 * A refusal for the state of the system, whoever sends: 503, as for a store that is away. 429 is for a sender's own quota, see
 * IngestQuota. `reason` is for metrics and logs.
 */
export type Admission =
  | { ok: true }
  | { ok: false; status: 503; retryAfterSeconds: number; reason: 'overload' | 'full' }

/** Of one shard, for health and metrics. `limit`: events a second through this door; null: none. */
export type ShardDoorState = {
  shard: number
  mode: AdmissionMode
  limit: number | null
  delayMs: number
  eventsPerSecond: number
  lag: ShardLag
}

type ShardDoor = {
  admission: ShardAdmission
  lag: ShardLag
  share: Door
  bucket: TokenBucket | null
  /** Events let through here, since the process began. */
  taken: number
  takenSinceLook: number
  refusedSinceLook: number
  requestEvents: number
}

/**
 * Looks at every shard's backlog four times a second, so that no request has to, and lets through what core decides. Each process has
 * buckets of its own, filled at its part of what all of them took lately: together they take what one alone would.
 */
export class AdmissionWatch {
  readonly #pool: Pool
  readonly #timer: NodeJS.Timeout
  readonly #doors = new Map<number, ShardDoor>()
  readonly #refused = { overload: 0, full: 0 }
  #isLooking = false

  constructor(pool: Pool) {
    this.#pool = pool
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
    this.#timer.unref()
    void this.#look()
  }

  /**
   * Before the body is read: whether a request for this shard may go on. Null: a sender that names the app in each event, so the shards
   * are not known yet; it may, unless every shard is closed. While Postgres is away the journal says so, not this.
   */
  admit(shard: number | null, nowMs = performance.now()): Admission {
    const doors = shard === null ? [...this.#doors.values()] : this.#doorsOf([shard])
    const closed = doors.filter((door) => !isOpen(door, nowMs))
    if (closed.length === 0 || (shard === null && closed.length < doors.length)) {
      if (shard !== null) for (const door of doors) door.bucket?.reserve(door.requestEvents)
      return { ok: true }
    }
    return this.#refuse(closed, nowMs)
  }

  /** When it is known what a request holds, before it goes to the journal. All of it is let through, and charged, or nothing. */
  take(batches: readonly { shard: number; eventCount: number }[], nowMs = performance.now()): Admission {
    const closed = this.#doorsOf(new Set(batches.map(({ shard }) => shard))).filter(
      (door) => door.admission.mode === 'full' || !hasRoom(door) || door.bucket?.isInDebt(nowMs),
    )
    if (closed.length > 0) return this.#refuse(closed, nowMs)
    for (const { shard, eventCount } of batches) {
      const door = this.#doors.get(shard)
      if (door === undefined) continue
      door.bucket?.charge(eventCount, door.requestEvents)
      door.taken += eventCount
      door.takenSinceLook += eventCount
      door.requestEvents += (eventCount - door.requestEvents) / 16
    }
    return { ok: true }
  }

  /** As of the last look. */
  shards(): ShardDoorState[] {
    return [...this.#doors].map(([shard, { admission, lag, share }]) => ({
      shard,
      mode: admission.mode,
      limit: admission.eventsPerSecond === null ? null : admission.eventsPerSecond * shareOf(share),
      delayMs: admission.delayMs,
      eventsPerSecond: admission.pace.eventsPerSecond,
      lag,
    }))
  }

  /** Requests turned away since the process began. */
  refused(): Readonly<Record<'overload' | 'full', number>> {
    return this.#refused
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #doorsOf(shards: Iterable<number>): ShardDoor[] {
    return [...shards].flatMap((shard) => this.#doors.get(shard) ?? [])
  }

  #refuse(closed: readonly ShardDoor[], nowMs: number): Admission {
    for (const door of closed) door.refusedSinceLook += 1
    const isFull = closed.some(({ admission }) => admission.mode === 'full')
    this.#refused[isFull ? 'full' : 'overload'] += 1
    const waitSeconds = Math.ceil(Math.max(0, ...closed.map(({ bucket }) => bucket?.waitMs(nowMs) ?? 0)) / 1000)
    return {
      ok: false,
      status: 503,
      reason: isFull ? 'full' : 'overload',
      retryAfterSeconds: isFull
        ? FULL_RETRY_SECONDS
        : Math.min(RETRY_SECONDS_MAX, Math.max(RETRY_SECONDS_MIN, waitSeconds)),
    }
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const lags = await readShardLags(this.#pool)
      const nowMs = performance.now()
      for (const lag of lags) this.#decide(lag, nowMs)
    } catch {
      // Postgres is away: the last look stands until the next, and what is sent meanwhile fails at the journal.
    } finally {
      this.#isLooking = false
    }
  }

  #decide(lag: ShardLag, nowMs: number): void {
    const known = this.#doors.get(lag.shard)
    const door = known ?? newShardDoor(lag)
    if (known === undefined) this.#doors.set(lag.shard, door)
    door.lag = lag
    door.admission = decideAdmission(door.admission, lookOf(lag, nowMs), door.refusedSinceLook)
    door.share = watchDoor(door.share, { here: door.taken, all: Number(lag.takenEvents) })
    door.refusedSinceLook = 0
    door.takenSinceLook = 0
    const { mode, eventsPerSecond } = door.admission
    if (eventsPerSecond === null || mode === 'full') door.bucket = null
    else {
      const rate = eventsPerSecond * shareOf(door.share)
      door.bucket ??= new TokenBucket(rate, nowMs)
      door.bucket.setRate(rate, nowMs)
    }
  }
}

function newShardDoor(lag: ShardLag): ShardDoor {
  return {
    admission: newShardAdmission(),
    lag,
    share: newDoor(),
    bucket: null,
    taken: 0,
    takenSinceLook: 0,
    refusedSinceLook: 0,
    requestEvents: 1,
  }
}

function isOpen(door: ShardDoor, nowMs: number): boolean {
  const { admission, bucket } = door
  return admission.mode !== 'full' && hasRoom(door) && (bucket === null || bucket.isOpen(nowMs))
}

/** A burst between two looks is bounded by what the last one found. */
function hasRoom({ admission, takenSinceLook, share }: ShardDoor): boolean {
  return admission.roomEvents === null || takenSinceLook < admission.roomEvents * shareOf(share)
}

/** Ages by the clock that dated them: receipts by this process and its like, progress by Postgres. */
function lookOf(lag: ShardLag, atMs: number): ShardLook {
  const ageMs = waitingMs(lag, Date.now())
  const sinceAdvanceMs = lag.advancedAt === null ? ageMs : Number(lag.readAt - lag.advancedAt) / 1000
  return {
    atMs,
    takenEvents: Number(lag.takenEvents),
    projectedEvents: Number(lag.projectedEvents),
    ageMs,
    stalledMs: Math.max(0, Math.min(ageMs, sinceAdvanceMs)),
    isRebuilding: lag.isRebuilding,
  }
}

/** Age of the oldest batch of a shard that is not projected; 0 if none waits. */
export function waitingMs({ waitingSince }: Pick<ShardLag, 'waitingSince'>, nowMs: number): number {
  return waitingSince === null ? 0 : Math.max(0, nowMs - Number(waitingSince / 1000n))
}
