import type { Instant } from '../kernel/index.ts'
import { later } from '../window/index.ts'

/** What a worker notes of a group, in this order. Notes are kept as they stand here: another order needs another column. */
export const GROUP_STEPS = [
  'taken up',
  'identities looked up',
  'attributed and measured',
  'inserts begun',
  'index written',
  'usage written',
] as const
export type GroupStep = (typeof GROUP_STEPS)[number]

/** When the way of one event reached its steps; null or absent where nobody noted it. */
export interface WayTimes {
  receivedAt: Instant
  /** Of a request that brought a sampled trace. */
  request?: { begunAt: Instant; journalledAt: Instant } | null
  /** Of the group that it is in. */
  group?: {
    openedAt: Instant
    /** By GROUP_STEPS; fewer where fewer were noted. */
    steps: readonly Instant[]
    doneAt: Instant | null
  } | null
}

export interface WayStep {
  step: string
  at: Instant
  /** Since the step before it, in microseconds; 0 for the first, and where clocks of two machines differ by more than it took. */
  tookMicros: bigint
}

/**
 * Each step that was reached, in order. `received` is when the body was read, `in rollups` when every answer and chart includes the event: both are there for
 * every event, those between them as far as they were noted.
 */
export function wayOf({ receivedAt, request, group }: WayTimes): WayStep[] {
  const [takenUp, lookedUp, attributed, inserting, index, usage] = group?.steps ?? []
  const inserted = index === undefined || usage === undefined ? (index ?? usage) : later(index, usage)
  const reached: [step: string, at: Instant | null | undefined][] = [
    ['request begun', request?.begunAt],
    ['received', receivedAt],
    ['journalled', request?.journalledAt],
    // A group that was opened by a worker that died is taken up again: what counts is the way that led to the end.
    ['projection begun', takenUp ?? group?.openedAt],
    ['identities looked up', lookedUp],
    ['attributed and measured', attributed],
    ['insert begun', inserting],
    ['inserted', inserted],
    ['in rollups', group?.doneAt],
  ]
  let before: Instant | null = null
  return reached.flatMap(([step, at]) => {
    if (at === undefined || at === null) return []
    const tookMicros = before === null || at < before ? 0n : at - before
    before = at
    return [{ step, at, tookMicros }]
  })
}
