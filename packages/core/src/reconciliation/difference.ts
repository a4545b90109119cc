import { canonicalTuple, type Instant } from '../kernel/index.ts'

/**
 * The place that is not as it should be: the event index and its identities and the usage records are held to the journal, rollups and the
 * ledger's entries to the usage records, statements to their entries and the files of a statement to its lines, chains to their hashes and the journal to its seals.
 */
export type Comparison =
  | 'event_index'
  | 'event_identity'
  | 'usage_records'
  | 'rollup_minute'
  | 'rollup_hour'
  | 'ledger_entry'
  | 'statement'
  | 'statement_export'
  | 'ledger_chain'
  | 'audit_chain'
  | 'journal_seal'

/**
 * What was counted. Of rows against the journal: `missing`, `repeated`, `unknown` (the journal has no such event), `stray` (the
 * journal has no such batch, or no such act), `altered`, `verdict`, `original` (of a duplicate or conflict). Of measures: `count`, `sum`, `reversals`, `minimum`, `maximum`, `distinct`.
 * Of chains and seals: what became of the first row that is not as it was written, as verification names it.
 */
export type Figure =
  | 'missing'
  | 'repeated'
  | 'unknown'
  | 'stray'
  | 'altered'
  | 'verdict'
  | 'original'
  | 'count'
  | 'sum'
  | 'reversals'
  | 'minimum'
  | 'maximum'
  | 'distinct'
  | 'added'
  | 'reordered'
  | 'unlinked'
  | 'head'
  | 'unsealed'

/** Where a difference is. Two looks that find the same scope found the same thing. Empty or null: not narrowed by it. */
export interface DifferenceScope {
  what: Comparison
  figure: Figure
  /** The recorded group of journal batches, [first, last] of a shard; without a shard: entries of the space's chain. */
  shard: number | null
  first: bigint | null
  last: bigint | null
  appId: string
  meter: string
  meterVersion: number | null
  /** Start of the hour, UTC. */
  hour: Instant | null
  spaceId: string
  environment: string
  isExempt: boolean | null
}

/** One difference with its size. `difference` = found − expected; exact decimal texts, sums in the meter's base measure. */
export interface Difference extends DifferenceScope {
  expected: string
  found: string
  difference: string
  /** Journal positions `batch:pos` of a few events that it is about; empty where none is known. */
  positions: readonly string[]
}

/** One text per scope, whatever its parts contain. */
export function scopeKey(scope: DifferenceScope): string {
  return canonicalTuple([
    scope.what,
    scope.figure,
    textOf(scope.shard),
    textOf(scope.first),
    textOf(scope.last),
    scope.appId,
    scope.meter,
    textOf(scope.meterVersion),
    textOf(scope.hour),
    scope.spaceId,
    scope.environment,
    textOf(scope.isExempt),
  ])
}

function textOf(part: bigint | number | boolean | null): string {
  return part === null ? '' : String(part)
}
