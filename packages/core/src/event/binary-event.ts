import { parseJsonCarefully } from '../kernel/index.ts'
import { DATA_DEPTH_MAX } from './event-data.ts'
import type { EventError } from './usage-event.ts'

export const EVENT_HEADER_PREFIX = 'ce-'

export type BinaryEventResult = { ok: true; text: string } | { ok: false; errors: EventError[] }

/**
 * One event in CloudEvents binary mode, as the structured JSON text that means the same: what the journal keeps of it.
 * Checks what only headers can get wrong; the text is then read like any other event.
 * @param input.headers name and raw value of each `ce-` header, in any case, each as often as it was sent
 * @param input.contentType of the data; undefined: the event has no datacontenttype
 * @param input.body the text of the body; empty: no data
 */
export function binaryEventText(input: {
  headers: readonly (readonly [name: string, value: string])[]
  contentType: string | undefined
  body: string
}): BinaryEventResult {
  const errors: EventError[] = []
  const attributes = new Map<string, string>()
  for (const [header, raw] of input.headers) {
    const name = header.slice(EVENT_HEADER_PREFIX.length).toLowerCase()
    if (RESERVED.has(name) || !NAME.test(name)) {
      errors.push({
        field: name,
        code: 'name',
        message: 'expected ce- and the name of an attribute, of a-z and 0-9 only',
      })
    } else if (attributes.has(name)) {
      errors.push({ field: name, code: 'duplicate', message: 'expected each ce- header once' })
    } else {
      const value = decodeHeaderValue(raw)
      if (value === undefined) {
        errors.push({
          field: name,
          code: 'encoding',
          message: 'expected ASCII, anything else percent-encoded as UTF-8',
        })
      }
      attributes.set(name, value ?? '')
    }
  }
  const hasData = input.body !== ''
  if (hasData) {
    // Checked alone before it is put inside other JSON, or a body could write attributes of its own.
    const parsed = parseJsonCarefully(input.body, DATA_DEPTH_MAX)
    if (!parsed.ok) errors.push({ field: 'data', code: 'json', message: parsed.issue.message })
  }
  if (errors.length > 0) return { ok: false, errors }
  const members = [...attributes].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  if (input.contentType !== undefined) members.push(`"datacontenttype":${JSON.stringify(input.contentType)}`)
  if (hasData) members.push(`"data":${input.body}`)
  return { ok: true, text: `{${members.join(',')}}` }
}

/** Attributes that must not come as a header: the payload is the body, and its type the Content-Type. */
const RESERVED = new Set(['data', 'data_base64', 'datacontenttype'])
const NAME = /^[a-z0-9]+$/
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/
const PERCENT_RUN = /(?:%[0-9A-Fa-f]{2})+/g

/**
 * The text of a header value: quotes of a quoted string resolved, then one round of percent-decoding. A percent sign
 * without two hex digits stays one, as the common client sends it. Undefined: bytes that are not UTF-8.
 */
function decodeHeaderValue(raw: string): string | undefined {
  // Node shows header bytes as Latin-1, so what is above ASCII here was never encoded as the binding demands.
  for (let i = 0; i < raw.length; i++) if (raw.charCodeAt(i) > 0x7e) return undefined
  const quoted = QUOTED.exec(raw)?.[1]
  const text = quoted === undefined ? raw : quoted.replace(/\\(.)/g, '$1')
  try {
    return text.replace(PERCENT_RUN, decodeURIComponent)
  } catch {
    return undefined // overlong, a surrogate, beyond Unicode, or cut off
  }
}
