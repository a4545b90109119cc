// Attribution: whose usage it is, as of the event's time.
// Promises: who pays follows from the credential and the catalogue at that instant, never from the body.
// Does not know: how much it was, whether it was seen before.
export { type Attribution, type AttributionFault, attribute, isExempt } from './attribute.ts'
export { type CatalogueGap, catalogueGaps, type GapFacts, type GapKind } from './entitlement-gaps.ts'
export { type GrantedRight, planGrant, type RightFacts, type UncoveredTime } from './plan-grant.ts'
