// Latency: how long events took from receipt to chart, noted as they become visible.
// Promises: each event is measured once, by whichever worker is there; a minute that nobody watched has no note. It slows nothing down: it reads what is done.
// Does not know: why something was slow, who looks at the figures.
import { setTimeout as delay } from 'node:timers/promises'
import { forgetLatency, forgetTraces, type Pool, recordLatency } from '@meterbook/db/postgres'
import type { Logger } from 'pino'

const EVERY_MS = 10_000
const KEPT_DAYS = 90
/** The traces of requests: one row for each that was sampled, and nobody asks for them after a month. */
const TRACES_KEPT_DAYS = 30
const FORGET_EVERY_MS = 3_600_000

export interface MeasureDeps {
  pool: Pool
  log: Logger
  /** Default EVERY_MS. */
  everyMs?: number
}

/** Measures as long as the process lives. Never rejects: a store that is away is waited for. */
export async function keepMeasuring(
  { pool, log, everyMs = EVERY_MS }: MeasureDeps,
  signal: AbortSignal,
): Promise<void> {
  let forgottenAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await recordLatency(pool)));
      if (performance.now() - forgottenAt > FORGET_EVERY_MS) {
        await forgetLatency(pool, { days: KEPT_DAYS })
        await forgetTraces(pool, { days: TRACES_KEPT_DAYS })
        forgottenAt = performance.now()
      }
    } catch (error) {
      const { name, code } = error as { name?: string; code?: unknown }
      if (!signal.aborted) log.warn({ error: name, code }, 'latency was not measured, will go on')
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
