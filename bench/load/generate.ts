// The load generator, a process of its own: bodies made beforehand, ids and times patched in place, sent on schedule.
// Promises: an open loop stays one. What cannot be sent in time is sent late and its waiting is counted; nothing is sent twice.
// Does not know: what becomes of the events.
import { text } from 'node:stream/consumers'
import { type Body, ID_DIGITS, makeBody, type Slot } from './event-mix.ts'
import { Lane } from './lane.ts'
import type { LoadPlan, LoadReport } from './plan.ts'

const BODIES_PER_KEY = 3
const BODIES_SINGLE = 97
const TICK_MS = 2
/** Events of a request happened up to this long before it was sent; the first of each happened at its scheduled moment. */
const SPREAD_SECONDS = 30

const plan = JSON.parse(await text(process.stdin)) as LoadPlan
const bodies = plan.keys.map((key, app) => ({ key, bodies: bodiesOf(app), next: 0 }))
const lanes = Array.from({ length: plan.connections }, () => new Lane(plan.host, plan.port))
const ackMs: number[] = []
const report: LoadReport = {
  seconds: 0,
  offeredEvents: 0,
  acceptedEvents: 0,
  shedEvents: 0,
  failedEvents: 0,
  statuses: {},
  ackMs: { p50: 0, p99: 0, max: 0 },
}
let eventNumber = 0
let requestNumber = 0
let randomState = 1
let cachedSecond = -1
let cached: Buffer[] = []

const beganMs = performance.now()
if (plan.eventsPerSecond === null) await Promise.all(lanes.map((lane) => sendAgainAndAgain(lane)))
else await sendOnSchedule(plan.eventsPerSecond)
report.seconds = (performance.now() - beganMs) / 1000
ackMs.sort((a, b) => a - b)
report.ackMs = { p50: at(0.5), p99: at(0.99), max: at(1) }
for (const lane of lanes) lane.close()
process.stdout.write(JSON.stringify(report))

interface Prepared {
  body: Body
  head: Buffer
  /** Number of the first event when it was sent last, to send some of them again. */
  lastFirst: number
}

function bodiesOf(app: number): Prepared[] {
  const isArray = plan.batchEvents > 1
  const type = isArray ? 'application/cloudevents-batch+json' : 'application/cloudevents+json'
  return Array.from({ length: isArray ? BODIES_PER_KEY : BODIES_SINGLE }, (_, seed) => {
    const body = makeBody({ run: plan.run, seed: app * 1_000 + seed, events: plan.batchEvents, isArray })
    const head = `POST /api/v1/events HTTP/1.1\r\nHost: ${plan.host}:${plan.port}\r\nAuthorization: Bearer ${plan.keys[app]}\r\nContent-Type: ${type}\r\nContent-Length: ${body.bytes.length}\r\n\r\n`
    return { body, head: Buffer.from(head, 'latin1'), lastFirst: -1 }
  })
}

async function sendAgainAndAgain(lane: Lane): Promise<void> {
  while (performance.now() - beganMs < plan.seconds * 1000) await send(lane, performance.now())
}

async function sendOnSchedule(eventsPerSecond: number): Promise<void> {
  const everyMs = (plan.batchEvents / eventsPerSecond) * 1000
  const total = Math.floor((plan.seconds * 1000) / everyMs)
  const underWay = new Set<Promise<void>>()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor((performance.now() - beganMs) / everyMs) + 1)
    for (const lane of lanes) {
      if (sent >= due) break
      if (lane.isBusy) continue
      const request = send(lane, beganMs + sent * everyMs).finally(() => underWay.delete(request))
      underWay.add(request)
      sent++
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(underWay)
}

async function send(lane: Lane, scheduledMs: number): Promise<void> {
  const app = bodies[requestNumber++ % bodies.length] as (typeof bodies)[number]
  const prepared = app.bodies[app.next++ % app.bodies.length] as Prepared
  fill(prepared, scheduledMs)
  report.offeredEvents += plan.batchEvents
  // A copy, because the same body may be filled again before the socket has taken it.
  const status = await lane.send(prepared.head, Buffer.from(prepared.body.bytes))
  ackMs.push(performance.now() - scheduledMs)
  report.statuses[status] = (report.statuses[status] ?? 0) + 1
  if (status === 204) report.acceptedEvents += plan.batchEvents
  else if (status === 429 || status === 503) report.shedEvents += plan.batchEvents
  else report.failedEvents += plan.batchEvents
}

/** Numbers and times of one request. Times are written to the second by copying, because a date for each event would cost more than sending it. */
function fill(prepared: Prepared, scheduledMs: number): void {
  const { body } = prepared
  const scheduled = performance.timeOrigin + scheduledMs
  const seconds = secondTexts(scheduled)
  const micros = String(Math.floor((scheduled % 1000) * 1000)).padStart(6, '0')
  const first = eventNumber
  eventNumber += body.slots.length
  for (let index = 0; index < body.slots.length; index++) {
    const slot = body.slots[index] as Slot
    const isAgain = prepared.lastFirst >= 0 && chance() < plan.duplicatePercent / 100
    writeDigits(body.bytes, slot.id, (isAgain ? prepared.lastFirst : first) + index)
    const second = seconds[index === 0 ? 0 : index % SPREAD_SECONDS] as Buffer
    second.copy(body.bytes, slot.time)
    if (index === 0) body.bytes.write(micros, slot.time + 20, 'latin1')
  }
  prepared.lastFirst = first
}

/** `2026-07-01T12:00:00.000000` of this second and of each before it. */
function secondTexts(epochMs: number): Buffer[] {
  const second = Math.floor(epochMs / 1000)
  if (second !== cachedSecond) {
    cachedSecond = second
    cached = Array.from({ length: SPREAD_SECONDS }, (_, ago) =>
      Buffer.from(`${new Date((second - ago) * 1000).toISOString().slice(0, 19)}.000000`, 'latin1'),
    )
  }
  return cached
}

function writeDigits(bytes: Buffer, end: number, value: number): void {
  let rest = value
  for (let at = end + ID_DIGITS - 1; at >= end; at--) {
    bytes[at] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}

function chance(): number {
  randomState = (Math.imul(randomState, 1_664_525) + 1_013_904_223) >>> 0
  return randomState / 2 ** 32
}

function at(share: number): number {
  return ackMs[Math.min(ackMs.length - 1, Math.floor(ackMs.length * share))] ?? 0
}
