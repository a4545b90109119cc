// Latency: how long events took from receipt to chart, as counts by range: what can be added up over minutes, days and processes.
// Promises: a percentile is an upper bound that is at most a fifth too high; no events have no percentile, which is not nought.
// Does not know: clocks, where the counts are kept.
export { addHistograms, LATENCY_BOUNDS_MS, type LatencyHistogram, latencyPercentile } from './latency-histogram.ts'
