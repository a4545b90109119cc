import net from 'node:net'

/** One HTTP request, byte for byte: what a client library would tidy up is sent as it stands. */
export type RawRequest = {
  method?: string
  path?: string
  /** Sent in order, as Latin-1; a Host is added. */
  headers: readonly (readonly [name: string, value: string])[]
  /** Sent as it is; Content-Length is added unless `headers` has one or a Transfer-Encoding. */
  body?: string | Uint8Array | undefined
  /** Sends only so many bytes of the body and then nothing; with `hangUp`, closes the connection. */
  sendOnly?: number
  hangUp?: boolean
  /** Sends the body byte by byte with this pause. */
  trickleMs?: number
}

export type RawAnswer = {
  /** 0: the connection closed without an answer. */
  status: number
  headers: Record<string, string>
  body: string
  /** Interim answers, such as 100. */
  interim: number[]
  isClosed: boolean
}

const ANSWER_DEADLINE_MS = 20_000

/** Sends one request on a connection of its own and resolves when the answer is complete. */
export function exchange(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method = 'POST', path = '/api/v1/events', headers, sendOnly, hangUp = false, trickleMs } = request
  const body = Buffer.from(request.body ?? '')
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(isFramed ? [] : [`Content-Length: ${body.length}`]),
  ]
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    const interim: number[] = []
    let received = Buffer.alloc(0)
    const deadline = setTimeout(() => {
      socket.destroy()
      reject(new Error(`expected an answer within ${ANSWER_DEADLINE_MS} ms`))
    }, ANSWER_DEADLINE_MS)
    const finish = (isClosed: boolean) => {
      const answer = parseAnswer(received, interim)
      if (answer === undefined && !isClosed) return
      clearTimeout(deadline)
      socket.destroy()
      resolve(answer ?? { status: 0, headers: {}, body: '', interim, isClosed })
    }
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      finish(false)
    })
    socket.on('close', () => finish(true))
    socket.on('error', () => {}) // an answer may have come before the connection was reset; `close` follows
    socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
    if (trickleMs !== undefined) {
      trickle(socket, body, trickleMs)
      return
    }
    socket.write(sendOnly === undefined ? body : body.subarray(0, sendOnly), () => {
      if (hangUp) socket.destroy()
    })
  })
}

function trickle(socket: net.Socket, body: Buffer, pauseMs: number): void {
  let at = 0
  const timer = setInterval(() => {
    if (socket.destroyed || at === body.length) clearInterval(timer)
    else socket.write(body.subarray(at, ++at))
  }, pauseMs)
  socket.on('close', () => clearInterval(timer))
}

/** The final answer once it is there in full; undefined until then. */
function parseAnswer(bytes: Buffer, interim: number[]): RawAnswer | undefined {
  let rest = bytes
  interim.length = 0
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    rest = rest.subarray(end + 4)
    if (status < 200) {
      interim.push(status)
      continue
    }
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const colon = line.indexOf(':')
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
    }
    const length = status === 204 ? 0 : Number(headers['content-length'] ?? 0)
    if (rest.length < length) return undefined
    return {
      status,
      headers,
      body: rest.subarray(0, length).toString('utf8'),
      interim,
      isClosed: headers.connection === 'close',
    }
  }
}

/** A body in chunks, for requests that do not say how long they are. */
export function chunked(body: Uint8Array, chunkBytes: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = Buffer.from(body.subarray(at, at + chunkBytes))
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
