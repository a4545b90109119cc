import type { EventReceipt, UsageEvent } from '@meterbook/core/event'
import type { IngestRig, JournalEntry } from './ingest-rig.ts'
import type { RawAnswer, RawRequest } from './raw-http.ts'

/** One request and what must come of it. */
export type Step = {
  send: RawRequest | ((rig: IngestRig) => RawRequest)
  /** Whose key; default: the app's. */
  as?: 'app' | 'service' | 'nobody' | ((rig: IngestRig) => Promise<string>)
  before?: (rig: IngestRig) => Promise<void>
  after?: (rig: IngestRig) => Promise<void>
  status: number
  /** Each must be among the answer's validation errors, as [field, code]. */
  errors?: readonly (readonly [field: string, code: string])[]
  /** What the last event of the request became in the journal, at least these members; `time` as an ISO text. */
  event?: Partial<Omit<UsageEvent, 'time'>> & { time?: string | null }
  /** Events stored by this step; default 1 after a 204, 0 after an error. */
  stored?: number
  headers?: Readonly<Record<string, string | RegExp>>
  receipt?: (receipt: EventReceipt) => void
  /** True where the answer is that of Node's parser, before any code of ours. */
  isParserAnswer?: boolean
  also?: (answer: RawAnswer, stored: JournalEntry[], rig: IngestRig) => void
}

/** A numbered case of the conformance list; its id is in the test's title. */
export type Vector = { id: string; name: string; steps: readonly Step[] }

export const STRUCTURED = 'application/cloudevents+json'
export const BATCH = 'application/cloudevents-batch+json'
export const LINES = 'application/x-ndjson'
export const JSON_TYPE = 'application/json'

const BASE = {
  specversion: '1.0',
  id: 'e1',
  source: '/svc',
  type: 'request',
  time: '2026-07-01T12:00:00Z',
  data: { method: 'GET' },
}

/** The base event with members added or replaced, and without those named. */
export function event(change: Record<string, unknown> = {}, ...without: (keyof typeof BASE)[]): string {
  const members: Record<string, unknown> = { ...BASE, ...change }
  for (const name of without) delete members[name]
  return JSON.stringify(members)
}

/** The base event with further members written by hand, for what JSON.stringify would tidy up. */
export function eventWith(members: string, ...without: (keyof typeof BASE)[]): string {
  return `${event({}, ...without).slice(0, -1)},${members}}`
}

/** The base event with data written by hand. */
export function eventOf(data: string): string {
  return eventWith(`"data":${data}`, 'data')
}

export function structured(body: string | Uint8Array, ...headers: [string, string][]): RawRequest {
  return { headers: [['Content-Type', STRUCTURED], ...headers], body }
}
export function batch(body: string | Uint8Array, ...headers: [string, string][]): RawRequest {
  return { headers: [['Content-Type', BATCH], ...headers], body }
}
export function lines(body: string | Uint8Array): RawRequest {
  return { headers: [['Content-Type', LINES]], body }
}
export function typed(contentType: string, body: string | Uint8Array): RawRequest {
  return { headers: [['Content-Type', contentType]], body }
}

/** Binary mode: the base headers with some added or (by the same name) replaced; null leaves one out. */
export function binary(
  change: Readonly<Record<string, string | null>> = {},
  body: string | Uint8Array = '{"method":"GET"}',
): RawRequest {
  const headers = new Map<string, string | null>([
    ['ce-specversion', '1.0'],
    ['ce-id', 'b1'],
    ['ce-source', '/svc'],
    ['ce-type', 'request'],
    ['Content-Type', JSON_TYPE],
  ])
  for (const [name, value] of Object.entries(change)) headers.set(name, value)
  return { headers: [...headers].filter((header): header is [string, string] => header[1] !== null), body }
}

export const receiptWanted: [string, string] = ['Prefer', 'return=representation']

export function taken(send: Step['send'], event: Step['event'] = {}): Step {
  return { send, status: 204, event }
}
export function refused(send: Step['send'], field: string, code: string, status = 400): Step {
  return { send, status, errors: [[field, code]] }
}
