import type { DemoEvent } from './event-shapes.ts'
import type { Random } from './seeded-random.ts'

const DUPLICATE = 0.01
const LATE = 0.015
const MALFORMED = 0.004
const UNCOUNTABLE = 0.004

const LATE_MIN_MS = 2 * 60_000
const LATE_MAX_MS = 6 * 3_600_000
/** How many sent events a repeat is drawn from. */
const MEMORY_MAX = 200

/** What comes over the wire: mostly events, now and then something that only resembles one. */
export type Sent = DemoEvent | Record<string, unknown>

/**
 * What goes wrong between apps and their platform, in the proportions above: an event sent again (same id, another time, as retrying
 * clients do), one that comes hours late, one that is malformed (refused), one whose value is missing (quarantined).
 */
export function createMishaps(random: Random): (events: readonly DemoEvent[]) => Sent[] {
  const memory: DemoEvent[] = []
  const remember = (event: DemoEvent) => {
    if (memory.length < MEMORY_MAX) memory.push(event)
    else memory[Math.floor(random.unit() * MEMORY_MAX)] = event
  }
  return (events) => {
    const sent: Sent[] = []
    for (const event of events) {
      // A sample's id says its minute: it cannot come late, nor again with another time.
      if (event.type.endsWith('.level')) {
        sent.push(event)
        continue
      }
      sent.push(changed(event, random))
      if (sent.at(-1) === event) remember(event)
      const again = random.isTrue(DUPLICATE) ? memory[Math.floor(random.unit() * memory.length)] : undefined
      if (again) sent.push({ ...again, time: event.time })
    }
    return sent
  }
}

function changed(event: DemoEvent, random: Random): Sent {
  const draw = random.unit()
  if (draw < MALFORMED) return malformed(event, random)
  if (draw < MALFORMED + UNCOUNTABLE) return uncountable(event)
  if (draw < MALFORMED + UNCOUNTABLE + LATE) return late(event, random)
  return event
}

/** Most by minutes, few by hours. */
function late(event: DemoEvent, random: Random): DemoEvent {
  const byMs = LATE_MIN_MS * (LATE_MAX_MS / LATE_MIN_MS) ** random.unit()
  return { ...event, time: new Date(Math.floor(Date.parse(event.time) - byMs)).toISOString() }
}

function malformed(event: DemoEvent, random: Random): Sent {
  const { id: _id, ...withoutId } = event
  const { type: _type, ...withoutType } = event
  return random.choose<Sent>([
    [1, withoutId],
    [1, withoutType],
    [1, { ...event, specversion: '0.3' }],
    [1, { ...event, time: 'just now' }],
  ])
}

function uncountable(event: DemoEvent): DemoEvent {
  const { durationMs: _ms, bytes: _bytes, tokens: _tokens, user: _user, open: _open, ...rest } = event.data
  return { ...event, data: rest }
}
