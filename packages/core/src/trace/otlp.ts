import type { Instant } from '../kernel/index.ts'

export type SpanKind = 'internal' | 'server' | 'consumer'
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A stretch of time of a trace, by OpenTelemetry's words. Ids: lower-case hex, 32 and 16 digits. */
export interface Span {
  traceId: string
  spanId: string
  parentId: string | null
  name: string
  kind: SpanKind
  start: Instant
  /** Never before `start`. */
  end: Instant
  attributes?: SpanAttributes
}

const KINDS: Record<SpanKind, number> = { internal: 1, server: 2, consumer: 5 }
const SCOPE = 'meterbook'

/**
 * The body of an OTLP/HTTP export in JSON (opentelemetry-proto 1: `ExportTraceServiceRequest`): ids in hex, times as texts of nanoseconds, whole numbers as
 * texts. `resource`: whose spans they are, as `service.name`.
 */
export function writeTraces({ resource, spans }: { resource: SpanAttributes; spans: readonly Span[] }): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: SCOPE }, spans: spans.map(spanOf) }],
      },
    ],
  })
}

function spanOf({ traceId, spanId, parentId, name, kind, start, end, attributes = {} }: Span) {
  return {
    traceId,
    spanId,
    ...(parentId !== null && { parentSpanId: parentId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(end < start ? start : end),
    attributes: attributesOf(attributes),
  }
}

function attributesOf(attributes: SpanAttributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }))
}

function otlpValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

function nanoseconds(instant: Instant): string {
  return (instant * 1000n).toString()
}
