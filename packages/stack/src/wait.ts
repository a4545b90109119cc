import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks until the answer is true. False when `withinMs` passed first; the question itself must be bounded in time.
 * A thrown error ends the wait: asking again would not help.
 */
export async function until(
  question: () => boolean | Promise<boolean>,
  { withinMs, everyMs = 25 }: { withinMs: number; everyMs?: number },
): Promise<boolean> {
  const end = performance.now() + withinMs
  for (;;) {
    if (await question()) return true
    if (performance.now() >= end) return false
    await pause(everyMs)
  }
}

/** "1.4 s" since a `performance.now()` reading. */
export function secondsSince(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}
