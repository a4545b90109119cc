import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { windowEnd, windowStart } from './tumbling-window.ts'
import {
  ALLOWED_LATENESS_MICROS,
  advanceWatermark,
  arrivalOf,
  DISORDER_MICROS,
  idleWatermark,
  type WindowState,
  windowState,
} from './watermark.ts'

const HOUR = 3_600_000_000n
const DAY = 24n * HOUR
const instants = fc.bigInt({ min: -400n * DAY, max: 400n * DAY })
const events = fc.array(fc.record({ at: instants, receivedAt: instants }), { maxLength: 40 })
const RANK: Record<WindowState, number> = { open: 0, settling: 1, final: 2 }

/** The drawn events cut into groups at random. */
const groups = fc.tuple(events, fc.array(fc.nat(40), { maxLength: 5 })).map(([drawn, cuts]) => {
  const edges = [0, ...cuts.sort((a, b) => a - b), drawn.length]
  return { drawn, cut: edges.slice(1).map((edge, index) => drawn.slice(edges[index], edge)) }
})

describe('the watermark', () => {
  it('never goes back, whatever comes and in whatever order', () => {
    fc.assert(
      fc.property(fc.option(instants), events, (start, drawn) => {
        let watermark = start
        for (const event of drawn) {
          const next = advanceWatermark(watermark, [event])
          expect(next !== null && (watermark === null || next >= watermark)).toBe(true)
          watermark = next
        }
      }),
    )
  })

  it('does not depend on how the journal was cut into groups, nor on the order within: a rebuild finds the same one', () => {
    fc.assert(
      fc.property(fc.option(instants), groups, (start, { drawn, cut }) => {
        const whole = advanceWatermark(start, drawn)
        expect(cut.reduce(advanceWatermark, start)).toBe(whole)
        expect(advanceWatermark(start, drawn.toReversed())).toBe(whole)
        expect(advanceWatermark(whole, drawn)).toBe(whole)
      }),
    )
  })

  it('stays the bound behind the latest event, and is not moved by a wrong clock beyond the receipt', () => {
    expect(advanceWatermark(null, [])).toBeNull()
    expect(advanceWatermark(null, [{ at: DAY, receivedAt: DAY + HOUR }])).toBe(DAY - DISORDER_MICROS)
    expect(advanceWatermark(null, [{ at: 30n * DAY, receivedAt: DAY }])).toBe(DAY - DISORDER_MICROS)
  })

  it('follows the clock when nothing waits, and then still does not go back', () => {
    fc.assert(
      fc.property(fc.option(instants), instants, instants, events, (start, now, later, drawn) => {
        const idle = idleWatermark(start, now)
        expect(idle >= now - DISORDER_MICROS && (start === null || idle >= start)).toBe(true)
        expect(idleWatermark(idle, now + (later < 0n ? -later : later)) >= idle).toBe(true)
        expect(advanceWatermark(idle, drawn)! >= idle).toBe(true)
      }),
    )
    expect(idleWatermark(null, DAY)).toBe(DAY - DISORDER_MICROS)
    expect(idleWatermark(2n * DAY, DAY)).toBe(2n * DAY)
  })
})

describe('the state of a window', () => {
  it('is never open after it was final, nor moves back at all', () => {
    fc.assert(
      fc.property(instants, fc.option(instants), groups, (end, start, { cut }) => {
        let watermark = start
        let before = windowState(end, watermark)
        for (const group of cut) {
          watermark = advanceWatermark(watermark, group)
          const after = windowState(end, watermark)
          expect(RANK[after]).toBeGreaterThanOrEqual(RANK[before])
          before = after
        }
      }),
    )
  })

  it('is open while it ends after the watermark, settling for the allowed lateness, then final', () => {
    expect(windowState(DAY, null)).toBe('open')
    expect(windowState(DAY, DAY - 1n)).toBe('open')
    expect(windowState(DAY, DAY)).toBe('settling')
    expect(windowState(DAY, DAY + ALLOWED_LATENESS_MICROS - 1n)).toBe('settling')
    expect(windowState(DAY, DAY + ALLOWED_LATENESS_MICROS)).toBe('final')
    expect(windowState(DAY, DAY, 0n)).toBe('final')
  })

  it('an earlier window is never behind a later one', () => {
    fc.assert(
      fc.property(instants, instants, fc.option(instants), (a, b, watermark) => {
        const [earlier, later] = a < b ? [a, b] : [b, a]
        expect(RANK[windowState(earlier, watermark)]).toBeGreaterThanOrEqual(RANK[windowState(later, watermark)])
      }),
    )
  })
})

describe('an arrival', () => {
  const arrivals = (start: bigint | null, drawn: readonly { at: bigint; receivedAt: bigint }[]) => {
    let watermark = start
    const found = drawn.map((event) => {
      const end = windowEnd(event.at, 'hour', 'Asia/Kathmandu')
      const arrival = arrivalOf({ at: event.at, windowEnd: end, watermark })
      watermark = advanceWatermark(watermark, [event])
      return arrival
    })
    return { found, watermark }
  }

  it('is judged by what came before it in the journal, and not by how that was cut into groups', () => {
    fc.assert(
      fc.property(fc.option(instants), groups, (start, { drawn, cut }) => {
        let watermark = start
        const byGroup = cut.flatMap((group) => {
          const judged = arrivals(watermark, group)
          watermark = judged.watermark
          return judged.found
        })
        expect(byGroup).toEqual(arrivals(start, drawn).found)
      }),
    )
  })

  it('what falls into a window that is over is late, by at least as much as the window has been over', () => {
    fc.assert(
      fc.property(instants, fc.option(instants), (at, watermark) => {
        const [start, end] = [windowStart(at, 'day', 'UTC'), windowEnd(at, 'day', 'UTC')]
        const { lateMicros, state } = arrivalOf({ at, windowEnd: end, watermark })
        expect(start <= at).toBe(true)
        if (state === 'open') expect(lateMicros < end - at).toBe(true)
        else expect(lateMicros >= watermark! - end && lateMicros > 0n).toBe(true)
        if (state === 'final') expect(lateMicros > ALLOWED_LATENESS_MICROS).toBe(true)
        if (watermark === null || at >= watermark)
          expect({ lateMicros, state }).toEqual({ lateMicros: 0n, state: 'open' })
      }),
    )
  })
})
