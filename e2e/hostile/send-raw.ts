import net from 'node:net'
import type { HostileRequest } from './hostile-request.ts'

const ANSWER_MS_MAX = 30_000

/** `status` 0: the connection ended without an answer. */
export interface RawAnswer {
  status: number
  headers: Map<string, string>
  body: string
}

/** Sends one request on a connection of its own and reads one answer. Rejects when there is none in time. */
export function sendRaw(port: number, request: HostileRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const deadline = setTimeout(() => {
      socket.resetAndDestroy()
      reject(new Error(`expected an answer within ${ANSWER_MS_MAX} ms`))
    }, ANSWER_MS_MAX)
    const finish = (isClosed: boolean) => {
      const answer = readAnswer(Buffer.concat(chunks), { isClosed, isHead: request.method === 'HEAD' })
      if (answer === null && !isClosed) return
      clearTimeout(deadline)
      // Reset: a hundred thousand connections that end in order would leave no port free.
      socket.resetAndDestroy()
      resolve(answer ?? { status: 0, headers: new Map(), body: '' })
    }
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      finish(false)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => finish(true))
    socket.write(Buffer.concat([headOf(request), request.body]))
  })
}

function headOf({ method, target, headers, body }: HostileRequest): Buffer {
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(isFramed || body.length === 0 ? [] : [`Content-Length: ${body.length}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** Null while more is to come. Interim answers are left out. */
function readAnswer(received: Buffer, { isClosed, isHead }: { isClosed: boolean; isHead: boolean }): RawAnswer | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0)
  const rest = received.subarray(end + 4)
  if (status >= 100 && status < 200) return readAnswer(rest, { isClosed, isHead })
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
  if (isHead || status === 204 || status === 304) return { status, headers, body: '' }
  const length = headers.get('content-length')
  if (length !== undefined) {
    return rest.length < Number(length) && !isClosed ? null : { status, headers, body: rest.toString('utf8') }
  }
  if (headers.get('transfer-encoding') === 'chunked') {
    const isWhole = isClosed || rest.toString('latin1').endsWith('0\r\n\r\n')
    return isWhole ? { status, headers, body: unchunked(rest) } : null
  }
  return isClosed ? { status, headers, body: rest.toString('utf8') } : null
}

function unchunked(bytes: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf('\r\n', at)
    const size = line < 0 ? 0 : Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16)
    if (!(size > 0)) break
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(parts).toString('utf8')
}
