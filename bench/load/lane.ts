import net from 'node:net'

const ANSWER_MS_MAX = 60_000

/**
 * One kept-alive connection with one request on its way at a time. Written on the bare socket, because a load generator shares the
 * machine with what it measures: an answer costs it a few microseconds.
 */
export class Lane {
  readonly #host: string
  readonly #port: number
  #socket: net.Socket | null = null
  #text = ''
  #settle: ((status: number) => void) | null = null
  isBusy = false

  constructor(host: string, port: number) {
    this.#host = host
    this.#port = port
  }

  /** The answer's status; 0 if the connection ended without one. The parts are written as they are. */
  send(head: Buffer, body: Buffer): Promise<number> {
    this.isBusy = true
    return new Promise((resolve) => {
      this.#settle = (status) => {
        this.#settle = null
        this.isBusy = false
        resolve(status)
      }
      const socket = this.#socket ?? this.#connect()
      socket.cork()
      socket.write(head)
      socket.write(body)
      socket.uncork()
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #connect(): net.Socket {
    const socket = net.connect({ host: this.#host, port: this.#port, noDelay: true })
    const end = () => {
      if (this.#socket === socket) this.#socket = null
      this.#text = ''
      this.#settle?.(0)
    }
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', end)
    socket.on('data', (bytes) => {
      this.#text += bytes.toString('latin1')
      this.#read(socket)
    })
    this.#socket = socket
    return socket
  }

  #read(socket: net.Socket): void {
    const headEnd = this.#text.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const status = Number(this.#text.slice(9, 12))
    const length = status === 204 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(this.#text)?.[1] ?? 0)
    if (this.#text.length < headEnd + 4 + length) return
    const mustClose = /\r\nconnection: *close/i.test(this.#text.slice(0, headEnd + 2))
    this.#text = ''
    if (mustClose) {
      this.#socket = null
      socket.removeAllListeners('close').destroy()
    }
    this.#settle?.(status)
  }
}
