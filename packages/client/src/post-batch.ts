import type { CompleteOptions, Receipt } from './options.ts'
import { readRetryAfter } from './retry-delay.ts'

const GZIP_BYTES_MIN = 1_024

/** What became of a batch. `retry` and `rejected`: none of it was taken, or nobody knows. */
export type Answer =
  | { kind: 'taken'; receipt: Receipt | null; isUnreadable: boolean }
  | { kind: 'refused'; status: number; detail: string; errors: FieldError[] }
  | { kind: 'too-large'; status: number }
  | { kind: 'retry'; status: number; detail: string; retryAfterMs: number | null }
  | { kind: 'rejected'; status: number; detail: string }

export type FieldError = { field?: string; code?: string; message?: string; index?: number }

/** One request. Never throws: no answer is an answer of status 0. `texts`: events as JSON. */
export async function postBatch(options: CompleteOptions, texts: readonly string[]): Promise<Answer> {
  try {
    const key = typeof options.key === 'function' ? await options.key() : options.key
    const { body, encoding } = await encodeBody(`[${texts.join(',')}]`, options.gzip)
    const send = options.fetch ?? fetch
    const answer = await send(new URL('/api/v1/events', options.url), {
      method: 'POST',
      body,
      // A redirect would turn the request into a GET, or carry the key to somebody else.
      redirect: 'manual',
      signal: AbortSignal.timeout(options.requestMs),
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/cloudevents-batch+json',
        ...(encoding !== null && { 'content-encoding': encoding }),
        ...(options.onReceipt && { prefer: 'return=representation' }),
      },
    })
    return read(answer.status, answer.headers.get('retry-after'), await answer.text())
  } catch (error) {
    return { kind: 'retry', status: 0, detail: `no answer: ${wordOf(error)}`, retryAfterMs: null }
  }
}

function read(status: number, retryAfter: string | null, text: string): Answer {
  if (status === 204) return { kind: 'taken', receipt: null, isUnreadable: false }
  if (status >= 200 && status < 300) {
    const receipt = readReceipt(text)
    return { kind: 'taken', receipt, isUnreadable: receipt === null }
  }
  const { detail, errors } = readProblem(text)
  if (status === 413) return { kind: 'too-large', status }
  if (status === 400) return { kind: 'refused', status, detail, errors }
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: 'retry', status, detail, retryAfterMs: readRetryAfter(retryAfter, Date.now()) }
  // A wrong address, key or right is mended by people; until then nothing is given up for it.
  return { kind: 'rejected', status, detail }
}

function readReceipt(text: string): Receipt | null {
  const receipt = parse(text) as Partial<Receipt> | null
  if (receipt === null || typeof receipt.refused !== 'number' || !Array.isArray(receipt.events)) return null
  return receipt as Receipt
}

function readProblem(text: string): { detail: string; errors: FieldError[] } {
  const problem = parse(text) as { detail?: unknown; extensions?: { validationErrors?: unknown } } | null
  const errors = problem?.extensions?.validationErrors
  return {
    detail: typeof problem?.detail === 'string' ? problem.detail : 'the answer says nothing more',
    errors: Array.isArray(errors) ? (errors as FieldError[]) : [],
  }
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

async function encodeBody(
  text: string,
  gzip: boolean,
): Promise<{ body: string | Uint8Array<ArrayBuffer>; encoding: 'gzip' | null }> {
  if (!gzip || text.length < GZIP_BYTES_MIN || typeof CompressionStream === 'undefined')
    return { body: text, encoding: null }
  const zipped = new Response(text).body?.pipeThrough(new CompressionStream('gzip'))
  return { body: new Uint8Array(await new Response(zipped).arrayBuffer()), encoding: 'gzip' }
}

/** The code of a failure to connect, or its name; never a URL or header that the runtime may quote. */
function wordOf(error: unknown): string {
  const { name, cause, code } = (error ?? {}) as { name?: unknown; code?: unknown; cause?: { code?: unknown } }
  for (const word of [cause?.code, code, name]) if (typeof word === 'string') return word
  return 'unknown'
}
