export interface CollectorSettings {
  /** Where traces are posted. */
  url: string
  /** May hold secrets: never to be printed. */
  headers: Readonly<Record<string, string>>
}

const TRACES_PATH = '/v1/traces'

/**
 * What OpenTelemetry's own variables say: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT as it stands, else OTEL_EXPORTER_OTLP_ENDPOINT with `/v1/traces` behind it;
 * OTEL_EXPORTER_OTLP_HEADERS as `name=value,name=value`, percent-encoded. Null where neither is set: no traces are sent. Throws without quoting a value.
 */
export function readCollectorSettings(variables: Record<string, string | undefined>): CollectorSettings | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = variables
  const url = traces || (base ? `${base.replace(/\/+$/, '')}${TRACES_PATH}` : '')
  if (url === '') return null
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Error('expected OTEL_EXPORTER_OTLP_ENDPOINT to be an address with http or https')
  const protocol = variables.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || variables.OTEL_EXPORTER_OTLP_PROTOCOL
  if (protocol && protocol !== 'http/json')
    throw new Error('expected OTEL_EXPORTER_OTLP_PROTOCOL to be http/json, or not set: traces are sent in JSON')
  return { url, headers: readHeaders(variables.OTEL_EXPORTER_OTLP_HEADERS ?? '') }
}

function readHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Error('expected OTEL_EXPORTER_OTLP_HEADERS as name=value,name=value')
      return [pair.slice(0, at).trim().toLowerCase(), decodeURIComponent(pair.slice(at + 1).trim())]
    }),
  )
}
