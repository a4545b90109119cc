import fc from 'fast-check'
import type { TestRecord } from './usage-test-database.ts'

/** What an operator's act does to a record: takes it away, or puts another in its place. */
export interface TestAct<R> {
  /** which of the records, counted round */
  target: number
  /** null: cancelled */
  replacement: Partial<R> | null
}

export function drawnActs<R>(replacements: fc.Arbitrary<Partial<R>>): fc.Arbitrary<TestAct<R>[]> {
  return fc.array(fc.record({ target: fc.nat(1000), replacement: fc.option(replacements, { freq: 2 }) }), {
    maxLength: 16,
    size: 'max',
  })
}

/**
 * A history of usage: the rows that the store is given, in journal order, and the records that are in force when all is done. A record that
 * an act has replaced can be acted on again; one that was cancelled cannot. Each keeps its event's own position.
 */
export function historyOf<R>(
  drawn: readonly R[],
  acts: readonly TestAct<R>[],
  recordOf: (record: R, pos: number) => TestRecord,
): { rows: TestRecord[]; inForce: { record: R; pos: number }[] } {
  const rows = drawn.map((record, pos) => recordOf(record, pos))
  const present = drawn.map((record, pos) => ({ record, row: rows[pos] as TestRecord, isCancelled: false }))
  for (const [index, { target, replacement }] of acts.entries()) {
    const pos = target % present.length
    const state = present[pos]
    if (state === undefined || state.isCancelled) continue
    const act = { batch: 1000 + index, pos: 0 }
    rows.push({ ...state.row, sign: -1, act })
    state.isCancelled = replacement === null
    if (replacement === null) continue
    state.record = { ...state.record, ...replacement }
    state.row = { ...recordOf(state.record, pos), entry: act }
    rows.push(state.row)
  }
  return { rows, inForce: present.flatMap(({ record, isCancelled }, pos) => (isCancelled ? [] : { record, pos })) }
}
