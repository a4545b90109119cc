import type { CastApp } from './cast.ts'
import type { DemoEvent } from './event-shapes.ts'
import { activityOf, trendOf } from './rhythm.ts'

const GIB = 1_073_741_824
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A container runs twice as large above this activity. */
const SCALE_UP_AT = 1.6
/** Containers rest in the first hours of a Sunday (Thursday is day 0), and a level of 0 ends them. */
const SUNDAY = 3
const REST_HOURS = 4

/** How many things of an app have a level that is sampled: its databases and container instances. */
export function levelCount(app: CastApp): number {
  return app.databases.length + app.containers.length
}

/**
 * The samples of all levels of an app at one moment. A function of the moment alone, ids too: whoever samples the same minute
 * twice sends the same events.
 */
export function sampleLevels(app: CastApp, atMs: number): DemoEvent[] {
  const time = new Date(atMs).toISOString()
  const source = `/demo/${app.slug}/levels`
  const sample = (type: string, subject: string, data: Record<string, unknown>): DemoEvent => ({
    specversion: '1.0',
    id: `${type}-${subject}-${time}`,
    source,
    type,
    time,
    subject,
    data,
  })
  return [
    ...app.databases.map(({ subject, gigabytes }) =>
      sample('sql.level', subject, { bytes: storedBytes(app, { gigabytes, atMs }) }),
    ),
    ...app.containers.map(({ subject, vcpu, memoryMiB }) => {
      const size = instanceSize(app, atMs)
      return sample('container.level', subject, { vcpu: vcpu * size, memoryMiB: memoryMiB * size })
    }),
  ]
}

/** Grows with the app, swells a little by day, and shrinks each week when old rows are cleared. */
function storedBytes(app: CastApp, { gigabytes, atMs }: { gigabytes: number; atMs: number }): number {
  const week = (atMs / DAY_MS / 7) % 1
  const swell = 1 + 0.004 * activityOf(app, atMs) + 0.05 * week
  return Math.round(gigabytes * GIB * trendOf(app, atMs) * swell)
}

/** 0, 1 or 2 times its plain size. */
function instanceSize(app: CastApp, atMs: number): number {
  const localMs = atMs + app.zoneHours * HOUR_MS
  if (Math.floor(localMs / DAY_MS) % 7 === SUNDAY && localMs % DAY_MS < REST_HOURS * HOUR_MS) return 0
  return activityOf(app, atMs) > SCALE_UP_AT ? 2 : 1
}
