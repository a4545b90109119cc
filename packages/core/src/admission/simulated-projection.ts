import {
  decideAdmission,
  newDoor,
  newShardAdmission,
  type ShardAdmission,
  type ShardLook,
  shareOf,
  TokenBucket,
  watchDoor,
} from './index.ts'

const TICK_MS = 10
const LOOK_MS = 250
const GROUP_EVENTS_MAX = 20_000
const LINGER_MS = 200

/** A shard's pipeline and the doors before it, in simulated time. */
export type Plant = {
  /** Events a second that senders offer through each door, at a moment. */
  offered: (atMs: number) => number
  requestEvents: number
  doors?: number
  /** Time of the worker, and of the store that it writes to while it prepares the next group. */
  prepareUs: (atMs: number) => number
  insertUs: (atMs: number) => number
  /** What each group costs, however small; a few tens of milliseconds if not said. */
  groupMs?: number
  /** No insert ends while this is true. */
  isDown?: (atMs: number) => boolean
  forMs: number
}

export type Outcome = {
  /** One entry a second. */
  seconds: Second[]
  modes: Set<ShardAdmission['mode']>
  endMode: ShardAdmission['mode']
  waitingAtEnd: number
}
/** `slowestMs`: from taken to visible, of those that became visible in this second. */
export type Second = {
  taken: number
  refused: number
  visible: number
  slowestMs: number
  mode: ShardAdmission['mode']
}

type Batch = { atMs: number; events: number }
type Group = { batches: Batch[]; events: number; endsAtMs: number }

/** The projection as it is built (groups of what waits, prepared while the one before is inserted), with the real decisions before it. */
export function simulate(plant: Plant): Outcome {
  const doors = Array.from({ length: plant.doors ?? 1 }, () => ({
    admission: newShardAdmission(),
    share: newDoor(),
    bucket: null as TokenBucket | null,
    takenHere: 0,
    takenSinceLook: 0,
    refusedSinceLook: 0,
    owed: 0,
  }))
  const queue: Batch[] = []
  let head = 0
  let preparing: Group | null = null
  let inserting: Group | null = null
  let lastStartMs = -LINGER_MS
  let taken = 0
  let projected = 0
  let advancedAtMs = 0
  const seconds: Second[] = []
  const modes = new Set<ShardAdmission['mode']>()

  for (let now = 0; now < plant.forMs; now += TICK_MS) {
    if (now % 1000 === 0)
      seconds.push({ taken: 0, refused: 0, visible: 0, slowestMs: 0, mode: doors[0]?.admission.mode ?? 'open' })
    const second = seconds.at(-1) as Second

    if (inserting !== null && plant.isDown?.(now)) inserting.endsAtMs += TICK_MS
    if (inserting !== null && now >= inserting.endsAtMs) {
      projected += inserting.events
      second.visible += inserting.events
      for (const { atMs } of inserting.batches) second.slowestMs = Math.max(second.slowestMs, now - atMs)
      advancedAtMs = now
      inserting = null
    }
    if (preparing !== null && inserting === null && now >= preparing.endsAtMs) {
      inserting = {
        ...preparing,
        endsAtMs: now + (plant.groupMs ?? 40) + (preparing.events * plant.insertUs(now)) / 1000,
      }
      preparing = null
    }
    if (preparing === null && queue.length > head && now >= lastStartMs + LINGER_MS) {
      const batches: Batch[] = []
      let events = 0
      for (let next = queue[head]; next !== undefined; next = queue[head]) {
        if (events > 0 && events + next.events > GROUP_EVENTS_MAX) break
        batches.push(next)
        events += next.events
        head += 1
      }
      preparing = { batches, events, endsAtMs: now + (plant.groupMs ?? 15) + (events * plant.prepareUs(now)) / 1000 }
      lastStartMs = now
    }

    for (const [index, door] of doors.entries()) {
      // Each process looks at its own time.
      if ((now + index * 70) % LOOK_MS === 0) {
        const oldest = (inserting ?? preparing)?.batches[0] ?? queue[head]
        const since = oldest === undefined ? now : Math.max(advancedAtMs, oldest.atMs)
        const look: ShardLook = {
          atMs: now,
          takenEvents: taken,
          projectedEvents: projected,
          ageMs: oldest === undefined ? 0 : now - oldest.atMs,
          stalledMs: now - since,
          isRebuilding: false,
        }
        door.admission = decideAdmission(door.admission, look, door.refusedSinceLook)
        door.share = watchDoor(door.share, { here: door.takenHere, all: taken })
        door.refusedSinceLook = 0
        door.takenSinceLook = 0
        modes.add(door.admission.mode)
        const { eventsPerSecond } = door.admission
        if (eventsPerSecond === null) door.bucket = null
        else {
          const rate = Math.max(1, eventsPerSecond * shareOf(door.share))
          door.bucket ??= new TokenBucket(rate, now)
          door.bucket.setRate(rate, now)
        }
      }
      door.owed += (plant.offered(now) * TICK_MS) / 1000
      while (door.owed >= plant.requestEvents) {
        door.owed -= plant.requestEvents
        const { mode, roomEvents } = door.admission
        const hasRoom = roomEvents === null || door.takenSinceLook < roomEvents * shareOf(door.share)
        const isTaken = mode !== 'full' && hasRoom && (door.bucket === null || door.bucket.isOpen(now))
        if (isTaken) {
          door.bucket?.charge(plant.requestEvents)
          queue.push({ atMs: now, events: plant.requestEvents })
          taken += plant.requestEvents
          door.takenHere += plant.requestEvents
          door.takenSinceLook += plant.requestEvents
          second.taken += plant.requestEvents
        } else {
          door.refusedSinceLook += 1
          second.refused += plant.requestEvents
        }
      }
    }
  }
  return { seconds, modes, endMode: doors[0]?.admission.mode ?? 'open', waitingAtEnd: taken - projected }
}
