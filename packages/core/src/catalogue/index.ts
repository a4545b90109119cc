// The catalogue: spaces, apps, meters, subscriptions and entitlements as effective-dated facts.
// Promises: any question is answered as of an instant; the same document gives the same answers for ever.
// Does not know: where the facts are kept, what an event is, what anything costs.
export { type Catalogue, compileCatalogue, type MeterInForce, type SteadyTime } from './catalogue.ts'
export {
  Aggregation,
  CatalogueDocument,
  type MeterFacts,
  type MeterVersionFacts,
  type StoredCatalogue,
} from './catalogue-document.ts'
export { formulaText } from './formula.ts'
export { InstantText } from './instant-text.ts'
export { JsonPathText, jsonPathOf } from './json-path.ts'
export {
  CapabilityDraft,
  CatalogueKey,
  MeterDraft,
  MeterSlug,
  MeterVersionDraft,
  PositiveDecimal,
} from './meter-draft.ts'
export { defaultShardCount, SHARD_COUNT_MAX, shardOf } from './shard.ts'
export { ValueRule } from './value-rule.ts'
