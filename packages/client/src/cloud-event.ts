import type { CompleteOptions, EventDetails } from './options.ts'

/** What a server takes of one event. */
const EVENT_BYTES_MAX = 64 * 1024
const encoder = new TextEncoder()

export type Written = { id: string; text: string; bytes: number } | { id: string; fault: string }

/**
 * The event as it will be sent, and sent again: id and time are made here, once. `fault` says why it can never be sent. `bytes`: of the
 * text in UTF-8.
 */
export function writeEvent(
  options: CompleteOptions,
  input: { type: string; data: unknown; details: EventDetails; makeId: () => string; nowMs: number },
): Written {
  const { type, data, details, makeId, nowMs } = input
  const id = details.id ?? makeId()
  try {
    const { time } = details
    const event = {
      specversion: '1.0',
      id,
      source: details.source ?? options.source,
      type,
      time: typeof time === 'string' ? time : new Date(time ?? nowMs).toISOString(),
      ...attribute('subject', details.subject),
      ...attribute('environment', details.environment ?? options.environment),
      ...attribute('installation', details.installation ?? options.installation),
      ...attribute('app', details.app),
      ...(data !== undefined && { data }),
    }
    const text = JSON.stringify(event)
    const bytes = encoder.encode(text).length
    if (bytes > EVENT_BYTES_MAX) return { id, fault: `expected at most ${EVENT_BYTES_MAX} bytes, found ${bytes}` }
    return { id, text, bytes }
  } catch (error) {
    return {
      id,
      fault: `expected something that can be written as JSON: ${error instanceof Error ? error.message : 'it cannot'}`,
    }
  }
}

function attribute(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}
