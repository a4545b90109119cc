import { isJsonMediaType } from './event-data.ts'

/**
 * How a request carries its events. `structured`: one event in JSON. `batch`: an array of them. `either`: whichever it is.
 * `lines`: one event a line. `binary`: one event, its attributes in headers and its data in the body.
 */
export type ContentMode = 'structured' | 'batch' | 'either' | 'lines' | 'binary'

export type ContentModeResult =
  | { ok: true; mode: ContentMode }
  /** `media-type`: a body of this type cannot be read here. `structure`: the headers contradict each other. */
  | { ok: false; code: 'media-type' | 'structure'; message: string }

export const EVENT_MEDIA_TYPES = [
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/json',
  'application/x-ndjson',
] as const

const UTF8_NAMES = new Set(['utf-8', 'utf8', 'us-ascii'])

/**
 * The mode by the content type, which is compared without regard to case and without its parameters; only a charset that
 * is not UTF-8 matters. Batch is asked for first: its type begins like the structured one.
 * @param input.hasEventHeaders whether any `ce-` header came with it
 */
export function contentMode(input: { contentType: string | undefined; hasEventHeaders: boolean }): ContentModeResult {
  const { contentType, hasEventHeaders } = input
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)"?/i.exec(contentType ?? '')?.[1]
  if (charset !== undefined && !UTF8_NAMES.has(charset.toLowerCase())) return unreadable('expected UTF-8, as JSON is')
  if (mediaType.startsWith('application/cloudevents-batch')) {
    return mediaType === 'application/cloudevents-batch+json' ? { ok: true, mode: 'batch' } : unreadable(EXPECTED)
  }
  if (mediaType.startsWith('application/cloudevents')) {
    return mediaType === 'application/cloudevents+json' ? { ok: true, mode: 'structured' } : unreadable(EXPECTED)
  }
  if (mediaType === 'application/x-ndjson' || mediaType === 'application/ndjson') {
    return hasEventHeaders
      ? { ok: false, code: 'structure', message: 'expected either one event in ce- headers, or one event a line' }
      : { ok: true, mode: 'lines' }
  }
  if (hasEventHeaders) return { ok: true, mode: 'binary' }
  return mediaType === 'application/json' ? { ok: true, mode: 'either' } : unreadable(EXPECTED)
}

/** In binary mode the content type is that of the data: JSON, or nothing at all with nothing in the body. */
export function isBinaryContentReadable(contentType: string | undefined, hasBody: boolean): boolean {
  return !hasBody || (contentType !== undefined && isJsonMediaType(contentType))
}

const EXPECTED = `expected one of ${EVENT_MEDIA_TYPES.join(', ')}, or any JSON type with ce- headers`

function unreadable(message: string): ContentModeResult {
  return { ok: false, code: 'media-type', message }
}
