// A collector of traces, by OTLP over HTTP in JSON: where spans are sent that others keep and show.
// Promises: nobody waits for it; what it does not take is kept for a while, in a bounded room, and then dropped and counted.
// Does not know: what a span says, when something is worth one.
export { type CollectorSettings, readCollectorSettings } from './collector-settings.ts'
export { SpanExporter } from './span-exporter.ts'
