import type { WindowRun } from '@meterbook/core/window'

/**
 * SQL that finds the window of a moment, in microseconds. The runs come from core, so the windows are core's by construction: ClickHouse
 * has zone rules of its own, of another edition, and rounds to hours and days by its own lights.
 */

/** Expressions over `micros`, an SQL expression of type Int64. The moment must lie within the runs. Binds window_firsts, window_steps. */
export function windowExpressions(micros: string): { start: string; step: string } {
  const run = `roundDown(${micros}, {window_firsts:Array(Int64)})`
  const step = `transform(${run}, {window_firsts:Array(Int64)}, {window_steps:Array(Int64)}, toInt64(1))`
  return { start: `${run} + intDiv(${micros} - ${run}, ${step}) * ${step}`, step }
}

export function windowParams(runs: readonly WindowRun[]): Record<string, unknown> {
  return {
    window_firsts: runs.map((run) => BigInt(run.first) * 1_000_000n),
    window_steps: runs.map((run) => BigInt(run.step) * 1_000_000n),
  }
}
