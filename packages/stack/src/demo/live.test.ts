import { readEvents } from '@meterbook/core/event'
import { expect, test } from 'vitest'
import { SPACES } from './cast.ts'
import type { DemoEvent } from './event-shapes.ts'
import { liveEvents } from './live.ts'
import { createMishaps, type Sent } from './mishaps.ts'
import { randomFrom } from './seeded-random.ts'

const APPS = SPACES.flatMap((space) => space.apps)
const HOUR_MS = 3_600_000
/** A working hour in Europe. */
const FROM_MS = Date.parse('2026-11-24T09:00:00.000Z')

/** An hour of all apps, tick by tick, before and after what goes wrong on the way. */
function anHour(): { happened: DemoEvent[]; sent: Sent[] } {
  const random = randomFrom('an hour')
  const mishaps = createMishaps(random)
  const happened: DemoEvent[] = []
  const sent: Sent[] = []
  let ids = 0
  for (let fromMs = FROM_MS; fromMs < FROM_MS + HOUR_MS; fromMs += 1000) {
    for (const app of APPS) {
      const events = liveEvents({ app, span: { fromMs, toMs: fromMs + 1000 }, random, makeId: () => String(++ids) })
      happened.push(...events)
      sent.push(...mishaps(events))
    }
  }
  return { happened, sent }
}

const hour = anHour()

test('the apps together send 5 to 20 events a second, in uneven portions', () => {
  expect(hour.happened.length / 3600).toBeGreaterThan(5)
  expect(hour.happened.length / 3600).toBeLessThan(20)
})

test('each level is sampled once a minute, whatever the ticks', () => {
  const samples = hour.happened.filter((event) => event.type.endsWith('.level'))
  const subjects = APPS.flatMap((app) => [...app.databases, ...app.containers])
  expect(samples.length).toBe(60 * subjects.length)
  expect(new Set(samples.map((event) => event.id)).size).toBe(samples.length)
})

test('about one in a hundred is sent again under its id, with another time and the same content', () => {
  const seen = new Map<unknown, Sent>()
  let again = 0
  for (const event of hour.sent) {
    const first = seen.get(event.id)
    if (first && event.id !== undefined) {
      again++
      expect({ ...event, time: first.time }).toEqual(first)
    }
    seen.set(event.id, event)
  }
  expect(again / hour.sent.length).toBeGreaterThan(0.005)
  expect(again / hour.sent.length).toBeLessThan(0.02)
})

test('few are malformed, few come late by hours, and all the rest are good', () => {
  const read = readEvents('batch', JSON.stringify(hour.sent.slice(0, 10_000)))
  if (!read.ok) throw new Error('expected a readable batch')
  const refused = read.events.filter((event) => !event.ok).length / read.events.length
  expect(refused).toBeGreaterThan(0.001)
  expect(refused).toBeLessThan(0.01)
  const times = new Map(hour.happened.map((event) => [event.id, Date.parse(event.time)]))
  const lateMs = hour.sent.map(({ id, time }) => (times.get(String(id)) ?? 0) - Date.parse(String(time)))
  const late = lateMs.filter((ms) => ms >= 2 * 60_000)
  expect(late.length / hour.sent.length).toBeGreaterThan(0.005)
  expect(late.length / hour.sent.length).toBeLessThan(0.03)
  expect(Math.max(...late)).toBeLessThanOrEqual(6 * HOUR_MS + 1)
  expect(Math.max(...late)).toBeGreaterThan(HOUR_MS)
})
