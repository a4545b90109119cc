import { type JsonElement, readJsonElements, utf8Length } from '../kernel/index.ts'
import { readCloudEvent } from './cloud-event.ts'
import type { ContentMode } from './content-mode.ts'
import { DATA_DEPTH_MAX } from './event-data.ts'
import { readPrintableEvent } from './printable-event.ts'
import type { EventError, UsageEvent } from './usage-event.ts'

/** Bytes of one event in UTF-8, as sent. CloudEvents demands that up to 65,536 be accepted. */
export const EVENT_BYTES_MAX = 65_536
/** Events in one request. */
export const BATCH_EVENTS_MAX = 10_000
/** The event itself is one level above its data. */
const EVENT_DEPTH_MAX = DATA_DEPTH_MAX + 1

/** One event of a request, in the order sent. `text`: verbatim, without the white space around it. `line`: from 1, blank ones counted. */
export type ReadEvent = { index: number; line?: number; text: string } & (
  | { ok: true; event: UsageEvent }
  | { ok: false; errors: EventError[] }
)

export type EventsResult =
  | {
      ok: true
      /** False for a request that is one event: what is wrong with it is then wrong with the request. */
      isBatch: boolean
      events: ReadEvent[]
      /** If the request's whole text is an array, that text: a journal body ready made when every event is taken. */
      arrayText?: string
    }
  | { ok: false; code: 'json' | 'structure'; message: string }
  | { ok: false; code: 'count'; count: number }

/** Reads the events of a request's text. Binary mode: of the text that binaryEventText made. No BOM is expected here. */
export function readEvents(mode: ContentMode, text: string): EventsResult {
  return mode === 'lines' ? readLines(text) : readDocument(mode, text)
}

function readDocument(mode: Exclude<ContentMode, 'lines'>, text: string): EventsResult {
  const result = readJsonElements({ text, spread: true, depthMax: EVENT_DEPTH_MAX, countMax: BATCH_EVENTS_MAX })
  if (!result.ok) return result
  if (result.isArray && (mode === 'structured' || mode === 'binary')) {
    return { ok: false, code: 'structure', message: 'expected one event, found an array' }
  }
  if (!result.isArray && mode === 'batch') {
    return { ok: false, code: 'structure', message: 'expected an array of events' }
  }
  // In binary mode, the text is ours and its size says nothing about what was sent.
  const bytesMax = mode === 'binary' ? Number.POSITIVE_INFINITY : EVENT_BYTES_MAX
  const events = result.elements.map((element, index) => readElement({ element, index, text, bytesMax }))
  return result.isArray ? { ok: true, isBatch: true, events, arrayText: text } : { ok: true, isBatch: false, events }
}

function readElement(input: { element: JsonElement; index: number; text: string; bytesMax: number }): ReadEvent {
  const { element, index, bytesMax } = input
  const text = input.text.slice(element.start, element.end)
  // Three bytes are the most that one code unit takes.
  const isTooLarge = text.length * 3 > bytesMax && utf8Length(text) > bytesMax
  if (isTooLarge && !isTooDeep(element)) return { index, text, ok: false, errors: [TOO_LARGE] }
  const result = (element.isPrintable && readPrintableEvent(element.parsed)) || readCloudEvent(element.parsed)
  return result.ok ? { index, text, ok: true, event: result.event } : { index, text, ok: false, errors: result.errors }
}

/** What is both is called too deep: that is what was wrong with it at any size. */
function isTooDeep({ parsed }: JsonElement): boolean {
  return parsed.ok && parsed.issues.some(({ code }) => code === 'depth')
}

/** Only a line feed ends a line: U+2028 may stand inside a string. Blank lines are skipped, a broken one spoils no other. */
function readLines(text: string): EventsResult {
  const events: ReadEvent[] = []
  let line = 0
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start)
    const end = feed < 0 ? text.length : feed
    line++
    const content = trimBlanks(text, start, end)
    start = end + 1
    if (content === '') continue
    if (events.length === BATCH_EVENTS_MAX) return { ok: false, code: 'count', count: countLines(text) }
    events.push({ ...readLine(content, events.length), line })
  }
  return { ok: true, isBatch: true, events }
}

function readLine(text: string, index: number): ReadEvent {
  const result = readJsonElements({ text, spread: false, depthMax: EVENT_DEPTH_MAX })
  const element = result.ok ? result.elements[0] : undefined
  if (element) return readElement({ element, index, text, bytesMax: EVENT_BYTES_MAX })
  const message = result.ok || result.code === 'count' ? 'expected an event' : result.message
  return { index, text, ok: false, errors: [{ field: '', code: 'json', message }] }
}

function trimBlanks(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function countLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9 || c === 13
}

export const TOO_LARGE: EventError = { field: '', code: 'size', message: `expected at most ${EVENT_BYTES_MAX} bytes` }
