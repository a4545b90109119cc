/** What one look at a shard found. Counts since the shard began; durations in milliseconds, `atMs` of any one clock that only runs forward. */
export type ShardLook = {
  atMs: number
  takenEvents: number
  projectedEvents: number
  /** Age of the oldest event that is not projected; 0 if none waits. */
  ageMs: number
  /** How long the projection has had work without finishing any of it; 0 if none waits. */
  stalledMs: number
  isRebuilding: boolean
}

/**
 * How fast a shard is projected. `isMeasured`: while it had all the work it can do, so this is what it can do. Otherwise it is the most
 * that was seen: it can do that, perhaps more; 0 if it was not seen to move yet.
 */
export type Pace = {
  eventsPerSecond: number
  isMeasured: boolean
  lookedAtMs: number
  marks: readonly Mark[]
}

/** A look that found more projected than the one before it. */
type Mark = { atMs: number; events: number; ageMs: number; isBusy: boolean }

/** Groups of events become visible at once: it takes some of them for an even figure. */
const WINDOW_MS = 5_000
/** Shorter stretches between two marks say more about when we looked than about the projection. */
const SPAN_MS_MIN = 1_000
const BUSY_MARKS_MIN = 3
/** With work this old waiting, the projection is not idle between groups. */
const BUSY_AGE_MS = 600
/** Any machine this runs on does more: less is small groups, whose time goes into beginning and ending, or a store that comes and goes. */
const PACE_MIN = 2_500
/** Looks this far apart say nothing about the time between them: the store that is asked was away. */
const LOOK_GAP_MS_MAX = 2_000
/** While the door is limited, its figure rises by this part a second at most: one look may find two groups and think it twice as fast. */
const LIMITED_RISE = 0.1
/** And by this part if somebody is refused while what waits does not grow: it may do better with more to do. */
const PROBE_RISE = 0.05
/** What waits has grown if it is older than it was by this part and this time. */
const GROWTH = { part: 0.2, ms: 200 }

export function newPace(): Pace {
  return { eventsPerSecond: 0, isMeasured: false, lookedAtMs: Number.NEGATIVE_INFINITY, marks: [] }
}

/** Forgets the way here, and keeps the figure as no more than what was seen: for after a time in which nothing moved. */
export function resumePace(pace: Pace): Pace {
  return { ...pace, marks: [], isMeasured: false }
}

/**
 * What it does while it is busy is less than it can do if each group costs it a fixed time: it would do more with larger groups. So a
 * lower figure is believed only while what waits grows, or so much waits that all groups are full (`isBehind`).
 */
export function measurePace(
  pace: Pace,
  look: ShardLook,
  door: { isLimited: boolean; isRefusing: boolean; isBehind: boolean },
): Pace {
  const lookedAtMs = look.atMs
  const known = look.atMs - pace.lookedAtMs > LOOK_GAP_MS_MAX ? [] : pace.marks
  const last = known.at(-1)
  if (last?.events === look.projectedEvents) return { ...pace, lookedAtMs }
  const mark = {
    atMs: look.atMs,
    events: look.projectedEvents,
    ageMs: look.ageMs,
    isBusy: look.ageMs >= BUSY_AGE_MS,
  }
  // Less than before: it is being made anew.
  if (last === undefined || last.events > mark.events) return { ...pace, lookedAtMs, marks: [mark] }

  const marks = [...recent(known, look.atMs), mark]
  const busy = busyRate(marks, mark)
  const grows = isGrowing({ marks })
  if (busy !== undefined && (grows || door.isBehind))
    return { marks, lookedAtMs, eventsPerSecond: busy, isMeasured: true }
  const seconds = (mark.atMs - last.atMs) / 1000
  const isHeld = door.isLimited && pace.eventsPerSecond > 0
  const ceiling = isHeld ? pace.eventsPerSecond * (1 + LIMITED_RISE * seconds) : Number.POSITIVE_INFINITY
  const probed = isHeld && door.isRefusing && !grows ? pace.eventsPerSecond * (1 + PROBE_RISE * seconds) : 0
  const best = Math.max(probed, Math.min(busy ?? bestRate(marks, mark), ceiling))
  if (best <= pace.eventsPerSecond)
    return { ...pace, marks, lookedAtMs, isMeasured: pace.isMeasured || busy !== undefined }
  return {
    marks,
    lookedAtMs,
    eventsPerSecond: best,
    isMeasured: busy !== undefined || (door.isLimited && pace.isMeasured),
  }
}

/** Of the last seconds, and the last few however long ago: on a slow machine a group may take longer than the window. */
function recent(marks: readonly Mark[], nowMs: number): Mark[] {
  return marks.filter(({ atMs }, index) => atMs >= nowMs - WINDOW_MS || index >= marks.length - BUSY_MARKS_MIN)
}

/** Whether what waits after the last group is older than after an earlier one of the last seconds. */
export function isGrowing({ marks }: Pick<Pace, 'marks'>): boolean {
  const last = marks.at(-1)
  if (last === undefined) return false
  const least = Math.min(...marks.map(({ ageMs }) => ageMs))
  return last.ageMs > least * (1 + GROWTH.part) + GROWTH.ms
}

/** Over the time it has been busy without a break, of two groups at least: the first after a pause comes late. Undefined if that is too short. */
function busyRate(marks: readonly Mark[], last: Mark): number | undefined {
  const busy = marks.slice(marks.findLastIndex(({ isBusy }) => !isBusy) + 1)
  const [first] = busy
  if (first === undefined || busy.length < BUSY_MARKS_MIN || last.atMs - first.atMs < SPAN_MS_MIN) return undefined
  return perSecond(first, last)
}

/** The best of all stretches that end now: in each of them it did at least this. */
function bestRate(marks: readonly Mark[], last: Mark): number {
  const spans = marks.filter(({ atMs }) => last.atMs - atMs >= SPAN_MS_MIN)
  return Math.max(0, ...spans.map((first) => perSecond(first, last)))
}

function perSecond(first: Mark, last: Mark): number {
  return Math.max(PACE_MIN, ((last.events - first.events) * 1000) / (last.atMs - first.atMs))
}
