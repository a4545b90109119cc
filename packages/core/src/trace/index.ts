// Trace: the way of an event as a trace that other tools understand: whose it is, when each step was reached, and the same as spans.
// Promises: the same event has the same trace and the same spans however often it is asked; nothing that was sent is in them but names and counts.
// Does not know: clocks, who collects traces, where times are kept.
export { type Span, type SpanAttributes, type SpanKind, writeTraces } from './otlp.ts'
export { parseTraceparent, type TraceContext, traceOfPlace } from './traceparent.ts'
export { GROUP_STEPS, type GroupStep, type WayStep, type WayTimes, wayOf } from './way.ts'
export { type GroupWay, groupSpans, ownTraceSpans, type RequestWay, requestSpans } from './way-spans.ts'
