/**
 * The ways to fold many quantities into one. On the ground floor because both the catalogue, which says how a meter folds, and the window,
 * which does it, need the word.
 */
export const AGGREGATIONS = [
  'SUM',
  'COUNT',
  'UNIQUE_COUNT',
  'MIN',
  'MAX',
  'AVG',
  'LATEST',
  'PERCENTILE',
  'TIME_WEIGHTED',
] as const
export type Aggregation = (typeof AGGREGATIONS)[number]
