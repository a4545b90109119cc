import { readEvents } from '@meterbook/core/event'
import { expect, test } from 'vitest'
import { SPACES } from './cast.ts'
import { EVENTS_MAX } from './door.ts'
import { type DemoEvent, STREAMS } from './event-shapes.ts'
import { countHistory, historyOf, type Span } from './history.ts'
import { popularityOf } from './popularity.ts'
import { activityOf } from './rhythm.ts'
import { paceOf } from './traffic.ts'

const APPS = SPACES.flatMap((space) => space.apps)
const DAY_MS = 86_400_000
const TO_MS = Date.parse('2026-11-22T11:07:31.250Z')
const WHOLE: Span = { fromMs: TO_MS - 62 * DAY_MS, toMs: TO_MS }
const TWO_DAYS: Span = { fromMs: TO_MS - 2 * DAY_MS, toMs: TO_MS }

test('a history made again, or in pieces cut at any moment, is the same events with the same ids', () => {
  for (const app of APPS) {
    const whole = [...historyOf(app, TWO_DAYS)]
    expect([...historyOf(app, TWO_DAYS)]).toEqual(whole)
    const times = whole.map((event) => Date.parse(event.time))
    // On an event, beside one, on the hour, and nowhere in particular.
    const cuts = [times[10], (times[20] ?? 0) + 1, Math.floor(TO_MS / 3_600_000) * 3_600_000, TO_MS - DAY_MS / 3]
      .map(Number)
      .sort((a, b) => a - b)
    const edges = [TWO_DAYS.fromMs, ...cuts, TWO_DAYS.toMs]
    const pieces = edges.slice(1).flatMap((toMs, index) => [...historyOf(app, { fromMs: edges[index] ?? 0, toMs })])
    expect(pieces).toEqual(whole)
  }
})

test('every event of the 62 days is one that the public route takes, has an identity of its own, and is counted beforehand', () => {
  let total = 0
  for (const app of APPS) {
    const ids = new Set<string>()
    let batch: DemoEvent[] = []
    const check = () => {
      const read = readEvents('batch', JSON.stringify(batch))
      expect(read.ok && read.events.filter((event) => !event.ok)).toEqual([])
      batch = []
    }
    let last = ''
    for (const event of historyOf(app, WHOLE)) {
      ids.add(`${event.source}\n${event.id}`)
      expect(event.time >= last).toBe(true)
      last = event.time
      if (batch.push(event) === EVENTS_MAX) check()
    }
    check()
    expect(countHistory(app, WHOLE)).toBe(ids.size)
    total += ids.size
  }
  expect(total).toBeGreaterThan(150_000)
  expect(total).toBeLessThan(250_000)
})

test('the past joins the present without a step: both spread the same usage over an hour', () => {
  for (const app of APPS) {
    for (const stream of STREAMS) {
      const activity = activityOf(app, TO_MS)
      const past = paceOf({ app, stream, activity, density: 'history' })
      const present = paceOf({ app, stream, activity, density: 'live' })
      expect((present.perHour * present.amount) / (past.perHour * past.amount)).toBeCloseTo(1, 9)
    }
  }
})

test('what the plan spreads over the hours is what the events carry', () => {
  const app = APPS[0]!
  const bytes = [...historyOf(app, WHOLE)]
    .filter((event) => event.type === 'kvs.written')
    .reduce((sum, event) => sum + Number(event.data.bytes), 0)
  let planned = 0
  const stream = STREAMS.find(({ type }) => type === 'kvs.written')!
  for (let at = WHOLE.fromMs; at < WHOLE.toMs; at += 3_600_000) {
    planned += stream.usagePerHour * popularityOf(app.rank) * activityOf(app, at)
  }
  expect(bytes / planned).toBeGreaterThan(0.95)
  expect(bytes / planned).toBeLessThan(1.05)
})

test('a more popular app uses more', () => {
  const usage = [...APPS]
    .sort((a, b) => popularityOf(b.rank) - popularityOf(a.rank))
    .map((app) => [...historyOf(app, WHOLE)].filter((event) => event.type === 'request').length)
  expect(usage.at(0)).toBeGreaterThan(10 * (usage.at(-1) ?? 0))
})
