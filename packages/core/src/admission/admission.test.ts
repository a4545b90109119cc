import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideAdmission, newShardAdmission, type ShardAdmission, type ShardLook } from './index.ts'
import { type Plant, type Second, simulate } from './simulated-projection.ts'

/** A worker and a store as they were measured, a slower pair, and one whose store is the slower part. Microseconds an event. */
const MACHINES = [
  { prepareUs: 20, insertUs: 8 },
  { prepareUs: 40, insertUs: 20 },
  { prepareUs: 12, insertUs: 10 },
  { prepareUs: 100, insertUs: 60 },
]
const REQUESTS = [10, 1_000]
const CASES = MACHINES.flatMap((machine) => REQUESTS.map((requestEvents) => ({ ...machine, requestEvents })))
type Case = (typeof CASES)[number]

const paceOf = ({ prepareUs, insertUs }: Case) => 1e6 / Math.max(prepareUs, insertUs)
/** `load`: offered, as a part of what this machine can project. */
function plant(machine: Case, load: (atMs: number) => number, more: Partial<Plant> = {}): Plant {
  return {
    offered: (atMs) => load(atMs) * paceOf(machine),
    requestEvents: machine.requestEvents,
    prepareUs: () => machine.prepareUs,
    insertUs: () => machine.insertUs,
    forMs: 60_000,
    ...more,
  }
}
const sum = (seconds: Second[], of: (second: Second) => number) => seconds.reduce((total, each) => total + of(each), 0)
const most = (seconds: Second[], of: (second: Second) => number) => Math.max(...seconds.map(of))

describe('offered more than it can project', () => {
  test.each(CASES)(
    'what is taken is visible within 3 seconds from the first moment, at up to twice the pace: $prepareUs µs, $requestEvents a request',
    (machine) => {
      for (const load of [1.1, 1.3, 1.5, 2]) {
        const { seconds } = simulate(plant(machine, (atMs) => (atMs < 20_000 ? 0.3 : load)))
        expect(
          most(seconds, (each) => each.slowestMs),
          `at ${load}`,
        ).toBeLessThan(3_000)
      }
    },
  )

  test.each(CASES)(
    'the projection is kept busy, and in no second is everything or nothing taken: $prepareUs µs, $requestEvents a request',
    (machine) => {
      for (const load of [1.3, 2, 3]) {
        const { seconds } = simulate(plant(machine, () => load))
        const settled = seconds.slice(30)
        const pace = paceOf(machine)
        expect(sum(settled, (each) => each.visible) / settled.length, `at ${load}`).toBeGreaterThan(0.85 * pace)
        for (const { taken } of settled) {
          expect(taken).toBeGreaterThan(0.5 * pace)
          expect(taken).toBeLessThan(1.2 * pace)
        }
        expect(most(settled, (each) => each.slowestMs)).toBeLessThan(2_500)
      }
    },
  )

  test('a sudden load of four times the pace is late once, and within 3 seconds again ten seconds later', () => {
    const { seconds } = simulate(plant(CASES[1] as Case, (atMs) => (atMs < 10_000 ? 0.3 : 4)))
    expect(most(seconds.slice(20), (each) => each.slowestMs)).toBeLessThan(3_000)
  })

  test('however much comes before the next look, what was taken of it is visible within 3 seconds where 30,000 a second are projected', () => {
    for (const machine of CASES.filter((each) => paceOf(each) >= 30_000)) {
      const { seconds } = simulate(plant(machine, (atMs) => (atMs < 10_000 ? 0.2 : 20)))
      expect(most(seconds, (each) => each.slowestMs)).toBeLessThan(3_000)
    }
  })

  test('when it ends, nobody is refused any more within seconds', () => {
    const { seconds, endMode } = simulate(plant(CASES[1] as Case, (atMs) => (atMs < 20_000 ? 2 : 0.7)))
    expect(sum(seconds.slice(25), (each) => each.refused)).toBe(0)
    expect(endMode).toBe('open')
  })

  test('a projection that becomes half as fast is followed, and again when it recovers', () => {
    const isSlow = (atMs: number) => atMs >= 20_000 && atMs < 50_000
    const { seconds } = simulate({
      offered: () => 40_000,
      requestEvents: 1_000,
      prepareUs: (atMs) => (isSlow(atMs) ? 40 : 20),
      insertUs: () => 10,
      forMs: 80_000,
    })
    expect(most(seconds.slice(30), (each) => each.slowestMs)).toBeLessThan(3_000)
    expect(sum(seconds.slice(0, 20), (each) => each.refused)).toBe(0)
    expect(sum(seconds.slice(65), (each) => each.refused)).toBe(0)
    expect(sum(seconds.slice(30, 50), (each) => each.visible) / 20).toBeGreaterThan(20_000)
  })

  test('a machine on which each group costs half a second is not held to the pace of small groups', () => {
    const slow = (eventsPerSecond: number): Plant => ({
      offered: (atMs) => (atMs < 10_000 ? 500 : eventsPerSecond),
      requestEvents: 100,
      prepareUs: () => 20,
      insertUs: () => 8,
      groupMs: 500,
      forMs: 90_000,
    })
    // With full groups it does 20,000 in 900 ms.
    const light = simulate(slow(5_000))
    expect(sum(light.seconds, (each) => each.refused)).toBe(0)
    const heavy = simulate(slow(60_000)).seconds.slice(45)
    expect(sum(heavy, (each) => each.visible) / heavy.length).toBeGreaterThan(0.7 * 22_000)
  })

  test('several doors share the pace, whatever part of the load each of them gets', () => {
    for (const doors of [2, 4]) {
      const load = (atMs: number) => (atMs < 10_000 ? 0.3 : 2) / doors
      const { seconds } = simulate(plant(CASES[0] as Case, load, { doors }))
      const settled = seconds.slice(20)
      expect(most(seconds, (each) => each.slowestMs)).toBeLessThan(3_500)
      expect(most(settled, (each) => each.slowestMs)).toBeLessThan(2_000)
      expect(sum(settled, (each) => each.visible) / settled.length).toBeGreaterThan(0.85 * 50_000)
    }
  })
})

describe('offered less than it can project', () => {
  test.each(CASES)(
    'nobody is refused, however suddenly it comes: $prepareUs µs, $requestEvents a request',
    (machine) => {
      for (const load of [0.5, 0.7, 0.85]) {
        const { seconds } = simulate(plant(machine, (atMs) => (Math.floor(atMs / 10_000) % 2 === 0 ? 0.02 : load)))
        expect(
          sum(seconds, (each) => each.refused),
          `at ${load}`,
        ).toBe(0)
      }
    },
  )

  test.each([2_000, 3_000, 7_000, 30_000])(
    'a store that is away for %d ms costs no sender a refusal, then or while it catches up',
    (downMs) => {
      for (const machine of CASES) for (const load of [0.05, 0.4, 0.7]) expectNobodyRefused(machine, load, downMs)
    },
  )

  test('nor does one that is away for minutes', () => expectNobodyRefused(CASES[1] as Case, 0.7, 180_000))
})

function expectNobodyRefused(machine: Case, load: number, downMs: number): void {
  const isDown = (atMs: number) => atMs > 20_000 && atMs < 20_000 + downMs
  const { seconds, modes, endMode, waitingAtEnd } = simulate(
    plant(machine, () => load, { isDown, forMs: 40_000 + downMs * 5 }),
  )
  expect(
    sum(seconds, (each) => each.refused),
    `at ${load}`,
  ).toBe(0)
  if (downMs > 6_000) expect(modes).toContain('stalled')
  expect(endMode).toBe('open')
  expect(waitingAtEnd).toBeLessThan(paceOf(machine))
}

const LOOK: ShardLook = { atMs: 0, takenEvents: 0, projectedEvents: 0, ageMs: 0, stalledMs: 0, isRebuilding: false }
function follow(looks: Partial<ShardLook>[], from = newShardAdmission()): ShardAdmission {
  return looks.reduce((admission, look) => decideAdmission(admission, { ...LOOK, ...look }, 0), from)
}
const MINUTE = 60_000

describe('the modes', () => {
  test('an outage is taken from for half an hour, or until 20 million events of a shard wait, and not longer', () => {
    const stalled = (minutes: number, waiting: number) =>
      follow([{ takenEvents: waiting, ageMs: minutes * MINUTE, stalledMs: minutes * MINUTE }])
    expect(stalled(1, 1_000_000)).toMatchObject({ mode: 'stalled', eventsPerSecond: null })
    expect(stalled(29, 19_000_000)).toMatchObject({ mode: 'stalled', eventsPerSecond: null })
    expect(stalled(31, 1)).toMatchObject({ mode: 'full', eventsPerSecond: 0 })
    expect(stalled(1, 20_000_001)).toMatchObject({ mode: 'full', eventsPerSecond: 0 })
  })

  test('the moment a full shard moves again, it takes again', () => {
    const full = follow([{ atMs: 0, takenEvents: 1e6, ageMs: 31 * MINUTE, stalledMs: 31 * MINUTE }])
    const moved = { atMs: 250, takenEvents: 1e6, projectedEvents: 50_000, ageMs: 31 * MINUTE, stalledMs: 100 }
    expect(follow([moved], full)).toMatchObject({ mode: 'catching_up', eventsPerSecond: null })
  })

  test('a rebuild takes everything, however old and however much of it waits', () => {
    const look = { takenEvents: 5e9, ageMs: 1e10, stalledMs: 40 * MINUTE, isRebuilding: true }
    expect(follow([look])).toMatchObject({ mode: 'rebuilding', eventsPerSecond: null })
  })

  test('what a rebuild leaves behind is caught up with, and not taken for overload', () => {
    const rebuilding = follow([{ takenEvents: 5e9, ageMs: 1e10, stalledMs: 100, isRebuilding: true }])
    const after = { atMs: 250, takenEvents: 5e9, projectedEvents: 5e9 - 4e7, ageMs: 20 * MINUTE, stalledMs: 100 }
    expect(follow([after], rebuilding)).toMatchObject({ mode: 'catching_up', eventsPerSecond: null })
  })

  test('a door that opens in the middle of it sees an outage, not an overload', () => {
    const look = { takenEvents: 3e6, projectedEvents: 1e6, ageMs: 40_000, stalledMs: 200 }
    expect(follow([look]).mode).toBe('catching_up')
  })

  test('a look that comes late says nothing about the time between', () => {
    const busy = [0, 1, 2, 3, 4, 5].map((step) => ({
      atMs: step * 500,
      takenEvents: 200_000,
      projectedEvents: step * 20_000,
      ageMs: 800,
      stalledMs: 10,
    }))
    const before = follow(busy)
    expect(before.pace).toMatchObject({ eventsPerSecond: 40_000, isMeasured: true })
    const late = { atMs: 62_500, takenEvents: 200_000, projectedEvents: 120_000, ageMs: 800, stalledMs: 10 }
    expect(follow([late], before).pace.eventsPerSecond).toBe(40_000)
  })

  test('a store that lets a handful through and stops again is not taken for one that is slow', () => {
    const blinking = [0, 1, 2, 3, 4, 5, 6].map((step) => ({
      atMs: step * 4_000,
      takenEvents: 20_000 + step * 4_000,
      projectedEvents: 10_000 + step * 100,
      ageMs: 4_000,
      stalledMs: step % 2 === 0 ? 3_900 : 0,
    }))
    for (let count = 1; count <= blinking.length; count++) {
      const { eventsPerSecond } = follow(blinking.slice(0, count))
      expect(eventsPerSecond ?? Number.POSITIVE_INFINITY).toBeGreaterThan(1_000)
    }
  })

  test('a limit that was set too low is lifted as soon as nothing waits any more, although senders are refused', () => {
    const limited = { ...newShardAdmission(), mode: 'limited' as const, eventsPerSecond: 100, calmSinceMs: 0 }
    const idle = (atMs: number) => ({ ...LOOK, atMs, takenEvents: 1e6, projectedEvents: 1e6 - 100, ageMs: 50 })
    let admission: ShardAdmission = limited
    for (let atMs = 250; atMs <= 2_250; atMs += 250) admission = decideAdmission(admission, idle(atMs), 10)
    expect(admission.mode).toBe('open')
  })

  test('whatever is seen, a limit is a number that is not negative, and never nothing but for a full shard', () => {
    const looks = fc.array(
      fc.record({
        atMs: fc.nat(10_000),
        takenEvents: fc.nat(100_000_000),
        projectedEvents: fc.nat(100_000_000),
        ageMs: fc.nat(3_600_000),
        stalledMs: fc.nat(3_600_000),
        isRebuilding: fc.boolean(),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(looks, (steps) => {
        let atMs = 0
        let admission = newShardAdmission()
        for (const step of steps) {
          atMs += step.atMs
          admission = decideAdmission(admission, { ...step, atMs }, 0)
          const { mode, eventsPerSecond, delayMs } = admission
          expect(delayMs).toBeGreaterThanOrEqual(0)
          if (mode === 'full') expect(eventsPerSecond).toBe(0)
          else if (eventsPerSecond !== null) {
            expect(eventsPerSecond).toBeGreaterThan(0)
            expect(Number.isFinite(eventsPerSecond)).toBe(true)
          }
        }
      }),
    )
  })
})
