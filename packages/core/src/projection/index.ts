// Projection: what becomes of each event taken. Counted, duplicate, conflict or quarantined, and the usage records that follow.
// Promises: a pure fold of journal, catalogue revision and identities seen before; the same input gives the same rows in the same order.
// Does not know: stores, shards, retries.
export { BloomFilter } from './bloom-filter.ts'
export { EVENT_AHEAD_DAYS_MAX, type EventTimeFault, eventTimeFault } from './event-time.ts'
export {
  type ActEffect,
  type ActOutcome,
  ELIGIBLE_VERDICTS,
  type EventState,
  projectAct,
  type RecordInForce,
  type TargetContent,
} from './project-act.ts'
export {
  type IdentifiedEvent,
  type ProjectedEvent,
  projectGroup,
  type QuarantineReason,
  type SeenEvent,
  type UsageRecord,
  type Verdict,
} from './project-group.ts'
export { createProjector, type Projector } from './projector.ts'
