import { describe, expect, it } from 'vitest'
import { type Clock, createRepaintThrottle } from './repaint-throttle.ts'

/** A clock that moves only when told to. */
function handClock() {
  let now = 0
  const timers = new Map<object, { at: number; run: () => void }>()
  const clock: Clock = {
    now: () => now,
    after: (ms, run) => {
      const key = {}
      timers.set(key, { at: now + ms, run })
      return () => timers.delete(key)
    },
  }
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  const moveTo = async (to: number) => {
    for (;;) {
      const due = [...timers].filter(([, { at }]) => at <= to).sort(([, a], [, b]) => a.at - b.at)[0]
      if (!due) break
      timers.delete(due[0])
      now = Math.max(now, due[1].at)
      due[1].run()
      await settle()
    }
    now = to
    await settle()
  }
  return { clock, moveTo, settle }
}

describe('repaint throttle', () => {
  it('the first news after a rest is painted at once, a flood once a second, the last of it too', async () => {
    const { clock, moveTo } = handClock()
    const paintedAt: number[] = []
    const throttle = createRepaintThrottle({
      intervalMs: 1000,
      clock,
      repaint: async () => void paintedAt.push(clock.now()),
    })
    for (let ms = 0; ms <= 2500; ms += 50) {
      await moveTo(ms)
      throttle.ask()
    }
    await moveTo(10_000)
    expect(paintedAt).toEqual([0, 1000, 2000, 3000])
  })
  it('two repaints never run at a time, and news that came during one are painted after it', async () => {
    const { clock, moveTo, settle } = handClock()
    const finish: (() => void)[] = []
    const throttle = createRepaintThrottle({
      intervalMs: 1000,
      clock,
      repaint: () => new Promise((resolve) => finish.push(resolve)),
    })
    throttle.ask()
    await moveTo(0)
    throttle.ask()
    await moveTo(5000)
    expect(finish).toHaveLength(1)
    finish[0]!()
    await settle()
    await moveTo(5001)
    expect(finish).toHaveLength(2)
  })
  it('a failed read does not end the stream of repaints', async () => {
    const { clock, moveTo } = handClock()
    let tries = 0
    const throttle = createRepaintThrottle({
      intervalMs: 1000,
      clock,
      repaint: async () => {
        tries++
        throw new Error('no answer')
      },
    })
    throttle.ask()
    await moveTo(0)
    throttle.ask()
    await moveTo(1000)
    expect(tries).toBe(2)
  })
  it('nothing is painted after it was stopped', async () => {
    const { clock, moveTo } = handClock()
    let painted = 0
    const throttle = createRepaintThrottle({ intervalMs: 1000, clock, repaint: async () => void painted++ })
    throttle.ask()
    await moveTo(0)
    throttle.ask()
    throttle.stop()
    await moveTo(9000)
    expect(painted).toBe(1)
  })
})
