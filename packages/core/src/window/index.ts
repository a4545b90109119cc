// Window: tumbling windows of event time, in any zone of the IANA database, and what is measured over them.
// Promises: windows are half-open [start, end), tile the time line without gap or overlap, and follow the zone's clock through DST.
// Does not know: meters, prices, tenants, stores; the zone rules come from the runtime's Intl data.

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
export { canonicalZone, offsetSecondsAt } from './zone-offset.ts'
