/**
 * What a group has behind it, in the order in which it happens. Between any two of them the process may die; the torture run makes it
 * die at each. The two inserts run side by side: `index-inserted` and `records-inserted` come in either order.
 */
export const PIPELINE_STEPS = [
  /** The group is recorded in Postgres, and nothing else of it exists. */
  'group-recorded',
  'identities-looked-up',
  'events-projected',
  /** Next come the inserts. */
  'inserts-next',
  'index-inserted',
  'records-inserted',
  /** Both tables and all their views are written; Postgres does not know yet. */
  'group-written',
  /** Postgres knows; the open pages do not. */
  'group-closed',
] as const
export type PipelineStep = (typeof PIPELINE_STEPS)[number]
