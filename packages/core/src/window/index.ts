// Window: tumbling windows of event time, in any zone of the IANA database, and what is measured over them.
// Promises: windows are half-open [start, end), tile the time line without gap or overlap, and follow the zone's clock through DST.
// Does not know: meters, prices, tenants, stores; the zone rules come from the runtime's Intl data.

export { bucketsBetween } from './bucket.ts'
export {
  addRatios,
  compareRatios,
  divideRatios,
  ENDLESS_FRACTION_DIGITS,
  formatRatio,
  type Ratio,
  ratioOf,
} from './exact-ratio.ts'
export { earlier, later } from './instant-order.ts'
export { integrateLevels, type LevelBounds, type LevelSample, type LevelSum } from './level-integral.ts'
export {
  type MeasuredPart,
  MICROS_PER_HOUR,
  measuredValue,
  nearestDouble,
  valueInUnit,
} from './measured-value.ts'
export { PERCENTILE_PARTS, percentileParts, percentileRank } from './percentile.ts'
export {
  WINDOW_SIZES,
  WINDOWS_MAX,
  type Window,
  type WindowRun,
  type WindowSize,
  windowEnd,
  windowRuns,
  windowStart,
  windowsBetween,
} from './tumbling-window.ts'
export { type FoldedValue, type Folding, foldUsage, type UsageFact } from './usage-fold.ts'
export {
  ALLOWED_LATENESS_MICROS,
  type Arrival,
  advanceWatermark,
  arrivalOf,
  DISORDER_MICROS,
  idleWatermark,
  type WindowState,
  windowState,
} from './watermark.ts'
export { canonicalZone, offsetSecondsAt } from './zone-offset.ts'
