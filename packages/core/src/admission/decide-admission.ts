import { isGrowing, measurePace, newPace, type Pace, resumePace, type ShardLook } from './projection-pace.ts'

/**
 * - `open`: everything is taken.
 * - `limited`: more came than can be projected. What is taken keeps to the pace, so that it is visible in time.
 * - `stalled`: work waits and none is finished: a store or the workers are away. That is no overload; the journal takes what comes.
 * - `full`: stalled for so long, or with so much waiting, that taking more would only hide it. Nothing is taken.
 * - `catching_up`: it moves again after a stall or a rebuild. Who sends less than the pace is not refused, and what waits drains.
 * - `rebuilding`: the projection is being made anew; ingest goes on.
 */
export type AdmissionMode = 'open' | 'limited' | 'stalled' | 'full' | 'catching_up' | 'rebuilding'

/** `eventsPerSecond`: what may be taken, all doors together; null: no limit. `delayMs`: how late what is taken now would be visible. */
export type ShardAdmission = {
  mode: AdmissionMode
  eventsPerSecond: number | null
  delayMs: number
  waitingEvents: number
  stalledMs: number
  /** How many more events may be taken before the next look, all doors together; null: as many as come. */
  roomEvents: number | null
  pace: Pace
  /** Since when nobody had to be refused. */
  calmSinceMs: number
}

/** The limits begin here: as far below the three seconds that are promised as one look and the groups under way can add to it. */
const LATE_MS = 1_700
/** The limits hold the delay at this: enough waits to keep the projection busy, and it is fresh. */
const AIM_MS = 800
/**
 * As long as the pace is only known from below, what waits has to bear it out: its age when something last became visible. (Its age now
 * would not do: in an outage everything waits for as long as the outage lasts.)
 */
const UNMEASURED = { standingMs: 700, lateMs: 3_000, lateStandingMs: 450 }
/** Before anything was seen to become visible: taken for a modest machine, until it shows what it is. */
const UNSEEN = { eventsPerSecond: 10_000, waitingEvents: 30_000, ageMs: 1_000 }
/** A pace that is only known from below is not halved further: it is too low already. */
const UNMEASURED_PART_MIN = 0.5
/** Any machine this runs on projects so few in two seconds: not worth a refusal. */
const WAITING_EVENTS_MIN = 5_000
const CALM_MS = 2_000
/** With less than this waiting, the projection has time to spare. */
const IDLE_MS = 300
/** No group ends for this long by mere slowness: a full one takes a second or two, on a machine that is busy with other things. */
const STALL_MS = 5_000
/** Nothing ended for this long: too early to call it a stall, too late to call it slow. */
const MOVING_MS_MAX = 1_500
/** Less than this part of its pace is not slowness but absence. */
const AWAY_PART = 0.5
const CAME_PART = 1.3
/** With this much waiting every group is full, and what is seen is what it can do. */
const FULL_GROUPS_MS = 4_000
/** A new door that finds a queue this old finds the end of an outage: the limits hold overload far below it. */
const OUTAGE_AGE_MS = 10_000
/** Long enough for a restart, a failover, an upgrade by hand. After that senders should know, and keep their events themselves. */
const STALL_MS_MAX = 30 * 60_000
/** Of one shard: some 1 GB of journal (about 50 bytes an event, compressed), and some ten minutes to catch up with. */
const STALLED_EVENTS_MAX = 20_000_000
/** Part of the pace that is taken while it catches up: the rest drains what waits. */
const CATCH_UP_PART = 0.9
/**
 * Delay to the part of the pace that is taken at it. Flat around the aim, because groups make the delay rise and fall by themselves and
 * an answer to that would swing; above 1 below it, because the pace may have been measured too low.
 */
const PARTS: readonly { delayMs: number; part: number }[] = [
  { delayMs: 0, part: 1.2 },
  { delayMs: 500, part: 1.05 },
  { delayMs: AIM_MS, part: 1 },
  { delayMs: 1_200, part: 0.85 },
  { delayMs: 1_600, part: 0.65 },
  { delayMs: 2_400, part: 0.4 },
  { delayMs: 5_000, part: 0.2 },
]

/**
 * Between two looks a burst may bring more than can be projected in time: what waits is bounded by what the pace does in this time. A pace that
 * is only known from below says little, so that this many may always wait.
 */
const ROOM_MS = 2_200
const ROOM_EVENTS_MIN = 57_000

export function newShardAdmission(): ShardAdmission {
  return {
    mode: 'open',
    eventsPerSecond: null,
    delayMs: 0,
    waitingEvents: 0,
    stalledMs: 0,
    roomEvents: null,
    pace: newPace(),
    calmSinceMs: Number.NEGATIVE_INFINITY,
  }
}

/** The next decision for one shard. `refused`: requests that this door turned away since the look before. */
export function decideAdmission(before: ShardAdmission, look: ShardLook, refused: number): ShardAdmission {
  const wasPaused = hasPaused(before, look)
  const wasStill = before.mode === 'stalled' || before.mode === 'full' || before.mode === 'rebuilding'
  const pace = measurePace(wasStill || wasPaused ? resumePace(before.pace) : before.pace, look, {
    isLimited: before.mode === 'limited',
    isRefusing: refused > 0,
    isBehind: before.mode === 'catching_up' && before.delayMs > FULL_GROUPS_MS,
  })
  const waitingEvents = Math.max(0, look.takenEvents - look.projectedEvents)
  const delayMs = delayOf(look, waitingEvents, pace)
  // Who is refused while next to nothing waits need not have been: the pace is better than it was taken for.
  const calmSinceMs = refused > 0 && delayMs > IDLE_MS ? look.atMs : before.calmSinceMs
  const isCalm = look.atMs - calmSinceMs >= CALM_MS
  const isFirst = before.pace.marks.length === 0
  const mode = modeOf({ wasIn: before.mode, isFirst, wasPaused, look, waitingEvents, delayMs, pace, isCalm })
  return {
    mode,
    eventsPerSecond: limitOf(mode, pace, delayMs),
    delayMs,
    waitingEvents,
    stalledMs: look.stalledMs,
    roomEvents: roomOf(mode, look, { waitingEvents, pace }),
    pace,
    calmSinceMs,
  }
}

/** Only where slowness is the matter: what waits for a store that is away, or for a rebuild, waits in the journal however much it is. */
function roomOf(
  mode: AdmissionMode,
  look: ShardLook,
  { waitingEvents, pace }: { waitingEvents: number; pace: Pace },
): number | null {
  if ((mode !== 'open' && mode !== 'limited') || look.stalledMs > MOVING_MS_MAX) return null
  return Math.max(0, Math.max(ROOM_EVENTS_MIN, (pace.eventsPerSecond * ROOM_MS) / 1000) - waitingEvents)
}

/** The last in the queue waits for all before it; and what waits longest has waited that long, whatever we think of the pace. */
function delayOf(look: ShardLook, waitingEvents: number, { eventsPerSecond }: Pace): number {
  if (waitingEvents === 0) return 0
  return eventsPerSecond > 0 ? Math.max(look.ageMs, (waitingEvents * 1000) / eventsPerSecond) : look.ageMs
}

/**
 * It moves again, and what it did in the time it stood still is far less than its pace: it was away for that time, not slow. Not while the
 * door is limited: then it has all the work it can do, and to take its slowness for absence would let everything in.
 */
function hasPaused({ mode, stalledMs, pace }: ShardAdmission, look: ShardLook): boolean {
  const last = pace.marks.at(-1)
  if (mode === 'limited' || last === undefined || stalledMs < MOVING_MS_MAX || look.stalledMs >= stalledMs) return false
  const waiting = look.takenEvents - look.projectedEvents
  // What came in that time is no more than it can do: more would be a load that is too much, whatever else happened.
  if (waiting > (CAME_PART * pace.eventsPerSecond * (stalledMs + AIM_MS)) / 1000) return false
  return look.projectedEvents - last.events < (AWAY_PART * pace.eventsPerSecond * stalledMs) / 1000
}

type Seen = {
  wasIn: AdmissionMode
  /** Nothing was seen before this look. */
  isFirst: boolean
  wasPaused: boolean
  look: ShardLook
  waitingEvents: number
  delayMs: number
  pace: Pace
  isCalm: boolean
}

function modeOf(seen: Seen): AdmissionMode {
  const { wasIn, look, waitingEvents, delayMs } = seen
  if (look.isRebuilding) return 'rebuilding'
  if (waitingEvents > 0 && look.stalledMs > STALL_MS) {
    return look.stalledMs > STALL_MS_MAX || waitingEvents > STALLED_EVENTS_MAX ? 'full' : 'stalled'
  }
  const isDrained = waitingEvents < WAITING_EVENTS_MIN || delayMs < AIM_MS
  const wasBehind = seen.wasPaused || (wasIn !== 'open' && wasIn !== 'limited')
  if (wasBehind || (seen.isFirst && look.ageMs > OUTAGE_AGE_MS)) return isDrained ? 'open' : 'catching_up'
  if (wasIn === 'limited') return isDrained && seen.isCalm ? 'open' : 'limited'
  return isOverload(seen) ? 'limited' : 'open'
}

function isOverload({ look, waitingEvents, delayMs, pace }: Seen): boolean {
  if (pace.eventsPerSecond === 0) return waitingEvents > UNSEEN.waitingEvents && look.ageMs > UNSEEN.ageMs
  if (waitingEvents < WAITING_EVENTS_MIN || look.stalledMs > MOVING_MS_MAX) return false
  if (!isGrowing(pace)) return false
  if (pace.isMeasured) return delayMs > LATE_MS
  const standingMs = look.ageMs - look.stalledMs
  return standingMs > UNMEASURED.standingMs || (standingMs > UNMEASURED.lateStandingMs && delayMs > UNMEASURED.lateMs)
}

function limitOf(mode: AdmissionMode, { eventsPerSecond, isMeasured }: Pace, delayMs: number): number | null {
  if (mode === 'full') return 0
  if (mode === 'limited') {
    const part = isMeasured ? partOf(delayMs) : Math.max(UNMEASURED_PART_MIN, partOf(delayMs))
    return (eventsPerSecond === 0 ? UNSEEN.eventsPerSecond : eventsPerSecond) * part
  }
  // Before it has shown what it can do, any limit would be a guess at somebody's cost.
  if (mode === 'catching_up' && isMeasured) return eventsPerSecond * CATCH_UP_PART
  return null
}

function partOf(delayMs: number): number {
  const above = PARTS.findIndex((each) => each.delayMs >= delayMs)
  const to = PARTS.at(above)
  const from = PARTS[above - 1]
  if (to === undefined || from === undefined || above === -1) return to?.part ?? 1
  return from.part + ((to.part - from.part) * (delayMs - from.delayMs)) / (to.delayMs - from.delayMs)
}
