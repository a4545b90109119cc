import { isAscii, isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ClientGone, Refusal, refuseBody } from './refusal.ts'

export type BodyLimits = {
  /** Of the body as sent, and of what it unpacks to. */
  bytesMax: number
  /** Without a byte for this long: 408. */
  idleMs: number
  /** From the first byte to the last: 408. */
  totalMs: number
}

/** The contract's 10 MB, counted as its 64 KB are; the times leave room for a slow line, not for a stalled one. */
export const BODY_LIMITS: BodyLimits = { bytesMax: 10 * 1024 * 1024, idleMs: 10_000, totalMs: 60_000 }

export type ContentCoding = 'identity' | 'gzip'

/** The one coding of a request; 415 for any other, or for two. */
export function contentCoding(req: IncomingMessage): ContentCoding {
  const coding = (req.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (coding === '' || coding === 'identity') return 'identity'
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip'
  throw new Refusal({
    status: 415,
    detail: 'expected Content-Encoding gzip or none',
    headers: { 'Accept-Encoding': 'gzip' },
  })
}

/**
 * The body's text: read to its end within the limits, unpacked to its end, UTF-8 to the last byte, without a leading BOM.
 * Nothing is handed on before all of that is known. `bytes`: of the text, before decoding.
 */
export async function readBody(
  req: IncomingMessage,
  { coding, limits }: { coding: ContentCoding; limits: BodyLimits },
): Promise<{ text: string; bytes: number }> {
  const sent = await readBytes(req, limits)
  const bytes = coding === 'gzip' ? await unpack(sent, limits.bytesMax) : sent
  return { text: decode(bytes), bytes: bytes.length }
}

function readBytes(req: IncomingMessage, { bytesMax, idleMs, totalMs }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const startedAt = performance.now()
    let bytes = 0
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) fail(tooLarge(bytesMax))
      else if (performance.now() - startedAt > totalMs) fail(tooSlow())
      else {
        chunks.push(chunk)
        idle.refresh()
      }
    }
    const onEnd = () => {
      stop()
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes))
    }
    const onGone = () => fail(new ClientGone('the client went away in the middle of its request'))
    const stop = () => {
      clearTimeout(idle)
      req.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
    }
    const fail = (reason: Error) => {
      stop()
      req.on('error', () => {}) // a later reset of the connection concerns nobody any more
      req.pause()
      reject(reason)
    }
    const idle = setTimeout(() => fail(tooSlow()), idleMs)
    req.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

const gunzipAll = promisify(gunzip)

async function unpack(packed: Buffer, bytesMax: number): Promise<Buffer> {
  if (packed.length === 0) throw refuseBody(400, 'encoding', 'expected a gzip body, found none')
  try {
    return await gunzipAll(packed, { maxOutputLength: bytesMax, chunkSize: chunkSizeOf(packed) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax)
    throw refuseBody(400, 'encoding', 'expected a whole and sound gzip body')
  }
}

const CHUNK_MIN = 16 * 1024
const CHUNK_MAX = 1024 * 1024

/**
 * Each piece that is unpacked is a turn in the platform's pool of threads, and on a machine with more to do than it can each turn is waited for: in pieces of
 * 16 KiB a bomb took 640 of them, and more than half a minute, until it was refused.
 */
function chunkSizeOf(packed: Buffer): number {
  return Math.min(Math.max(packed.length * 8, CHUNK_MIN), CHUNK_MAX)
}

function decode(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  if (!isUtf8(bytes)) throw refuseBody(400, 'encoding', 'expected a body in UTF-8')
  const text = bytes.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

export function tooLarge(bytesMax: number): Refusal {
  return refuseBody(413, 'size', `expected a body of at most ${bytesMax} bytes`)
}

function tooSlow(): Refusal {
  return new Refusal({ status: 408, detail: 'expected the body sooner', headers: { Connection: 'close' } })
}
