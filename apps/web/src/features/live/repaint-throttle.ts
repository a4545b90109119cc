// Live: figures that move by themselves.
// Promises: at most one repaint a second; nothing while paused or hidden; state is told by glyph, colour and words.
// Does not know: what moved.

export type RepaintThrottle = { ask: () => void; stop: () => void }

export type Clock = { now: () => number; after: (ms: number, run: () => void) => () => void }

/**
 * Runs `repaint` at once when asked after a rest, at most once every `intervalMs`, never two at a time, and always once more after
 * the last asking: whatever was said during a repaint is painted by the next.
 */
export function createRepaintThrottle(input: {
  intervalMs: number
  repaint: () => Promise<void>
  clock: Clock
}): RepaintThrottle {
  const { intervalMs, repaint, clock } = input
  let isRunning = false
  let isAsked = false
  let lastStart = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | undefined

  const run = async () => {
    cancel = undefined
    isAsked = false
    isRunning = true
    lastStart = clock.now()
    await repaint().catch(() => {}) // a failed read shows itself in its own region; the next news try again
    isRunning = false
    if (isAsked) schedule()
  }
  const schedule = () => {
    if (cancel || isRunning) return
    cancel = clock.after(Math.max(0, lastStart + intervalMs - clock.now()), () => void run())
  }
  return {
    ask() {
      isAsked = true
      schedule()
    },
    stop() {
      isAsked = false
      cancel?.()
      cancel = undefined
    },
  }
}
