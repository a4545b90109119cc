import type { Spill } from './spill.ts'

/** What may be said of one event beside its type and data. */
export interface EventDetails {
  /** Identity together with the source; made when absent. The same id sent again is counted once, for ever. */
  id?: string
  source?: string
  /** Who used, for meters that name one. */
  subject?: string
  /** When it happened; now when absent. */
  time?: Date | string
  environment?: string
  /** The customer site that used the app. */
  installation?: string
  /** Only for keys of platform services: the app this is for. */
  app?: string
}

/** Why an event of this process will not be counted by this client. */
export type LostReason =
  /** The buffer was full. */
  | 'overflow'
  /** It cannot be written as JSON, or is larger than a server takes. */
  | 'unsendable'
  /** The server would not have it; see Refused. */
  | 'refused'
  /** The client was closed before. */
  | 'closed'

export interface Lost {
  id: string
  type: string
  reason: LostReason
  detail: string
}

/** What the server said of one event that it did not take. */
export interface Refused {
  id: string
  errors: { field?: string; code?: string; message?: string }[]
}

export type ProblemCode =
  /** No answer, or one that says to come back: it is tried again by itself. */
  | 'retrying'
  /** The answer says that address, key or rights are wrong. Tried again every half minute: a person has to act. */
  | 'rejected'
  /** An option is missing or makes no sense. */
  | 'misconfigured'
  /** The disk would not take or give events: they are in memory only. */
  | 'spill'
  /** A receipt that cannot be read; the events were taken all the same. */
  | 'unreadable'
  /** A callback of the app threw. */
  | 'callback'

export interface Problem {
  code: ProblemCode
  detail: string
  /** The answer's status, where there was one. */
  status?: number
  /** Milliseconds until it is tried again. */
  retryInMs?: number
}

/** What a server says of a batch, when it was asked for or when it refused some of it. */
export interface Receipt {
  receivedAt: string
  taken: number
  refused: number
  events: { index: number; verdict: string; reason?: string; validationErrors?: Refused['errors'] }[]
}

export interface Flushed {
  /** Settled since the flush began: taken or refused. */
  settled: number
  /** Still waiting, in memory or on disk. */
  left: number
}

export interface ClientOptions {
  /** Origin of the Meterbook, as `https://usage.example.com`. */
  url: string
  /** The ingest key, or what gives it: asked for each request, so that a key can be changed while the app runs. */
  key: string | (() => string | Promise<string>)
  /** What sends: the CloudEvents source of events that name none, as `checkout` or `/services/checkout`. */
  source: string
  /** Attributes of every event that does not say otherwise. */
  environment?: string
  installation?: string
  /** A batch goes when it holds this many events (500), this many bytes (512 KiB), or when its oldest is this old (1 s). */
  batch?: { events?: number; bytes?: number; ageMs?: number }
  /** What waits in memory at most: 10,000 events and 16 MiB. */
  buffer?: {
    events?: number
    bytes?: number /** Which goes when it is full. */
    overflow?: 'drop-newest' | 'drop-oldest'
  }
  /** Where events outlive the process and the buffer goes on; `fileSpill` of `@meterbook/client/node`. */
  spill?: Spill
  /** Compress bodies above a kilobyte, where the runtime can. */
  gzip?: boolean
  /** How long one request may take: 15 s. */
  requestMs?: number
  /** The first wait after a failure (200 ms) and the longest (30 s); doubled each time, with jitter. A Retry-After is never undercut. */
  retry?: { firstMs?: number; mostMs?: number }
  /** Something did not go as it should; nothing is lost by it. */
  onProblem?: (problem: Problem) => void
  /** Events that this client gives up. */
  onLost?: (lost: Lost[]) => void
  /** Events that the server did not take, with what it said; they are in onLost too. */
  onRefused?: (refused: Refused[]) => void
  /** Asks for a receipt of every batch. */
  onReceipt?: (receipt: Receipt) => void
  /** Default: crypto.randomUUID. */
  makeId?: () => string
  /** Default: the runtime's fetch. */
  fetch?: typeof fetch
}

const MIB = 1024 * 1024

export interface CompleteOptions extends ClientOptions {
  batch: { events: number; bytes: number; ageMs: number }
  buffer: { events: number; bytes: number; overflow: 'drop-newest' | 'drop-oldest' }
  retry: { firstMs: number; mostMs: number }
  requestMs: number
  gzip: boolean
  /** What is wrong with them, in words. */
  fault: string | null
}

/** The options with every default in place. */
export function completeOptions(options: ClientOptions): CompleteOptions {
  const { batch = {}, buffer = {}, retry = {} } = options
  const complete = {
    ...options,
    batch: { events: batch.events ?? 500, bytes: batch.bytes ?? 512 * 1024, ageMs: batch.ageMs ?? 1_000 },
    buffer: {
      events: buffer.events ?? 10_000,
      bytes: buffer.bytes ?? 16 * MIB,
      overflow: buffer.overflow ?? 'drop-newest',
    },
    retry: { firstMs: retry.firstMs ?? 200, mostMs: retry.mostMs ?? 30_000 },
    requestMs: options.requestMs ?? 15_000,
    gzip: options.gzip ?? false,
  }
  return { ...complete, fault: faultOf(complete) }
}

function faultOf(options: Omit<CompleteOptions, 'fault'>): string | null {
  if (!isHttpUrl(options.url)) return 'expected url to be the http(s) origin of a Meterbook'
  if (typeof options.key !== 'function' && (typeof options.key !== 'string' || options.key === ''))
    return 'expected key to be an ingest key, found none'
  if (typeof options.source !== 'string' || options.source === '')
    return 'expected source to name what sends, found none'
  const { batch, buffer, retry, requestMs } = options
  const bounds = { ...batch, 'buffer.events': buffer.events, 'buffer.bytes': buffer.bytes, ...retry, requestMs }
  for (const [name, value] of Object.entries(bounds))
    if (!(Number.isFinite(value) && value > 0)) return `expected ${name} to be a number above 0`
  if (batch.events > 10_000 || batch.bytes > 9 * MIB)
    return 'expected a batch of at most 10,000 events and 9 MiB: a server takes no more'
  return null
}

function isHttpUrl(text: unknown): boolean {
  try {
    return /^https?:$/.test(new URL(String(text)).protocol)
  } catch {
    return false
  }
}
