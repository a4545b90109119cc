import { isJsonObject, type JsonObject, type JsonValue, parseJsonCarefully } from '../kernel/index.ts'
import type { EventError } from './usage-event.ts'

/** How deep `data` may nest, itself included. */
export const DATA_DEPTH_MAX = 32

type Payload = { data?: unknown; data_base64?: string | null | undefined; datacontenttype?: string | null | undefined }
type DataResult = { ok: true; value: JsonObject | null } | { ok: false; errors: EventError[] }

/**
 * The payload of an event: a JSON object or nothing. CloudEvents also allows text, XML and arrays; no meter could measure
 * them, so they are refused where the sender hears of it.
 */
export function decodeData(event: Payload, hasData: boolean): DataResult {
  const { data, data_base64: base64, datacontenttype } = event
  const hasBase64 = base64 !== undefined && base64 !== null
  if (hasBase64 && hasData) return refuse('data_base64', 'exclusive', 'expected data or data_base64, not both')
  if (!hasBase64 && (data === undefined || data === null)) return { ok: true, value: null }
  if (datacontenttype === undefined || datacontenttype === null) {
    if (hasBase64) return refuse('data_base64', 'type', 'expected a datacontenttype that says the bytes are JSON')
  } else if (!isJsonMediaType(datacontenttype)) {
    return refuse('datacontenttype', 'type', 'expected a JSON media type: meters read JSON objects')
  }
  if (hasBase64) return decodeBase64(base64)
  return isJsonObject(data) ? { ok: true, value: data } : refuse('data', 'type', 'expected a JSON object or null')
}

/** `application/json`, `text/json`, `application/vnd.acme+json; charset=utf-8`, in any case. */
export function isJsonMediaType(mediaType: string): boolean {
  return /^[^/;\s]+\/(?:[^/;\s]+\+)?json$/i.test((mediaType.split(';', 1)[0] ?? '').trim())
}

function decodeBase64(base64: string): DataResult {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refuse('data_base64', 'encoding', 'expected bytes that are UTF-8')
  }
  const parsed = parseJsonCarefully(text, DATA_DEPTH_MAX)
  if (!parsed.ok) return refuse('data_base64', 'json', parsed.issue.message)
  // 1.5 as the member of a payload is fine; only an event's own members must be integers.
  for (const { code, message } of parsed.issues) if (code !== 'fraction') return refuse('data_base64', code, message)
  const value: JsonValue = parsed.value
  if (value === null) return { ok: true, value: null }
  return isJsonObject(value) ? { ok: true, value } : refuse('data_base64', 'type', 'expected a JSON object or null')
}

function refuse(field: string, code: EventError['code'], message: string): DataResult {
  return { ok: false, errors: [{ field, code, message }] }
}
