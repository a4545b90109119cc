import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  BATCH_EVENTS_MAX,
  binaryEventText,
  type ContentMode,
  contentMode,
  EVENT_BYTES_MAX,
  EVENT_HEADER_PREFIX,
  EVENT_MEDIA_TYPES,
  type EventsResult,
  isBinaryContentReadable,
  readEvents,
} from '@meterbook/core/event'
import { declaredLength } from '../http/early-problem.ts'
import { sendContinue } from '../http/expect-continue.ts'
import { type BodyLimits, contentCoding, readBody, tooLarge } from './read-body.ts'
import { Refusal, refuseBody, summary } from './refusal.ts'

export type RequestEvents = Extract<EventsResult, { ok: true }>

/** The events of a request, each read or refused. Throws a Refusal if the request as a whole cannot be read. */
export async function readRequest(
  req: IncomingMessage,
  res: ServerResponse,
  limits: BodyLimits,
): Promise<RequestEvents> {
  if ((declaredLength(req) ?? 0) > limits.bytesMax) throw tooLarge(limits.bytesMax)
  const coding = contentCoding(req)
  const { contentType, eventHeaders } = readHeaders(req)
  const mode = readMode(contentType, eventHeaders.length > 0)
  sendContinue(req, res)
  const body = await readBody(req, { coding, limits })
  const text = mode === 'binary' ? structuredText({ contentType, eventHeaders, body }) : body.text
  const events = readEvents(mode, text)
  if (events.ok) return events
  if (events.code === 'count') {
    throw refuseBody(413, 'size', `expected at most ${BATCH_EVENTS_MAX} events, found ${events.count}`)
  }
  throw refuseBody(400, events.code, events.message)
}

type EventHeaders = [name: string, value: string][]

/** From the raw list: Node's own map joins a repeated `ce-id` to one that nobody sent, and drops a second Content-Type. */
function readHeaders(req: IncomingMessage): { contentType: string | undefined; eventHeaders: EventHeaders } {
  const contentTypes: string[] = []
  const eventHeaders: EventHeaders = []
  const raw = req.rawHeaders
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    if (name === 'content-type') contentTypes.push(raw[i + 1] as string)
    else if (name.startsWith(EVENT_HEADER_PREFIX)) eventHeaders.push([name, raw[i + 1] as string])
  }
  if (contentTypes.length > 1) throw refuseBody(400, 'duplicate', 'expected one Content-Type header')
  return { contentType: contentTypes[0], eventHeaders }
}

function readMode(contentType: string | undefined, hasEventHeaders: boolean): ContentMode {
  const result = contentMode({ contentType, hasEventHeaders })
  if (result.ok) return result.mode
  if (result.code === 'structure') throw refuseBody(400, 'structure', result.message)
  throw new Refusal({ status: 415, detail: result.message, headers: { Accept: EVENT_MEDIA_TYPES.join(', ') } })
}

function structuredText(input: {
  contentType: string | undefined
  eventHeaders: EventHeaders
  body: { text: string; bytes: number }
}): string {
  const { contentType, eventHeaders, body } = input
  if (!isBinaryContentReadable(contentType, body.bytes > 0)) {
    throw new Refusal({
      status: 415,
      detail: 'expected data of a JSON content type, or none: meters read JSON objects',
      headers: { Accept: EVENT_MEDIA_TYPES.join(', ') },
    })
  }
  const headerBytes = eventHeaders.reduce((bytes, [name, value]) => bytes + name.length + value.length, 0)
  if (headerBytes + body.bytes > EVENT_BYTES_MAX) {
    throw refuseBody(413, 'size', `expected an event of at most ${EVENT_BYTES_MAX} bytes`)
  }
  const result = binaryEventText({ headers: eventHeaders, contentType, body: body.text })
  if (result.ok) return result.text
  throw new Refusal({ status: 400, detail: summary(result.errors), validationErrors: result.errors })
}
