// kernel: the ground floor. Instants, exact decimals, JSON without loss, canonical texts, digests.
// Promises: exactness. A digit, a microsecond or a member is kept or refused, never silently changed.
// Does not know: events, meters, money, or any other noun of the house.
export { AGGREGATIONS, type Aggregation } from './aggregation.ts'
export {
  canonicalJson,
  canonicalJsonAndPart,
  canonicalJsonPart,
  canonicalNumberText,
  canonicalPart,
  canonicalPrintableJson,
  canonicalTuple,
  utf8Length,
} from './canonical.ts'
export {
  addDecimals,
  compareDecimals,
  DECIMAL_FRACTION_DIGITS_MAX,
  DECIMAL_INTEGER_DIGITS_MAX,
  Decimal,
  type DecimalFault,
  type DecimalResult,
  decimal,
  decimalOf,
  divideDecimals,
  formatDecimal,
  fromScaled,
  multiplyDecimals,
  parseDecimal,
  QUANTITY_SCALE,
  quantityToScaled,
  type ScaledFault,
  type ScaledResult,
  subtractDecimals,
  toScaled,
} from './decimal.ts'
export { type Sha256, sha256 } from './digest.ts'
export {
  formatInstant,
  type Instant,
  type InstantFault,
  type InstantResult,
  instantFromMs,
  instantToMs,
  parseInstant,
} from './instant.ts'
export { type JsonElement, type JsonElements, readJsonElements, readTrustedArray, readTrustedElements } from './json.ts'
export { type JsonIssue, type ParsedJson, parseJsonCarefully } from './json-parser.ts'
export { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts'
