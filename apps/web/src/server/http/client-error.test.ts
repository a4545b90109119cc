import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerClientError, answerExpectation } from './client-error.ts'
import { REQUEST_TIMEOUTS } from './request-timeouts.ts'

const SHORT = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50 }

let server: Server
let port = 0
beforeAll(async () => {
  server = createServer(SHORT, (request, response) => {
    request.resume()
    request.on('end', () => response.end('well'))
  })
  server.on('clientError', answerClientError).on('checkExpectation', answerExpectation)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Everything that comes back until the server closes the connection; `parts` are sent one after another with a pause. */
function talk(parts: string[], pauseMs = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    let received = ''
    let at = 0
    const sendNext = () => {
      const part = parts[at++]
      if (part !== undefined && socket.writable) socket.write(part, 'latin1')
    }
    socket.on('connect', sendNext)
    const timer = setInterval(sendNext, Math.max(1, pauseMs))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(received)
    })
    socket.setTimeout(10_000, () => {
      socket.destroy()
      reject(new Error(`expected the server to close the connection, it said ${received}`))
    })
  })
}

function problemOf(answer: string): { status: number; detail: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toMatch(/\r\ncontent-type: application\/problem\+json(\r\n|$)/)
  expect(head).toMatch(/\r\nconnection: close(\r\n|$)/)
  expect(head).toContain(`\r\ncontent-length: ${Buffer.byteLength(body, 'latin1')}`)
  const problem = JSON.parse(body)
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${problem.status} \\w`))
  return problem
}

describe('a connection', () => {
  test('on which headers dribble is closed with 408, however regularly something comes', async () => {
    const began = performance.now()
    const dribble = ['GET / HTTP/1.1\r\n', ...Array.from({ length: 200 }, (_, at) => `X-${at}: y\r\n`)]
    expect(problemOf(await talk(dribble, 40))).toMatchObject({ status: 408 })
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('on which a body dribbles is closed with 408', async () => {
    const dribble = ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n', ...Array(200).fill('x')]
    expect(problemOf(await talk(dribble, 40))).toMatchObject({ status: 408 })
  })

  test('that brings no HTTP is told so, in the form of every refusal', async () => {
    for (const [sent, status] of [
      ['\x16\x03\x01\x02\x00', 400],
      ['GET / HTTP/9.9\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
      ['GET / HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\nConnection: close\r\n\r\n', 417],
    ] as const) {
      const answer = await talk([sent])
      if (status !== 417) expect(problemOf(answer).status, sent.slice(0, 40)).toBe(status)
      else expect(answer).toMatch(/^HTTP\/1\.1 417 [\s\S]*application\/problem\+json\r\n/)
    }
  })

  test('is given less than a minute and a quarter in all where people connect', () => {
    const { headersTimeout, requestTimeout, connectionsCheckingInterval } = REQUEST_TIMEOUTS
    expect(headersTimeout).toBeLessThanOrEqual(15_000)
    expect(requestTimeout + connectionsCheckingInterval).toBeLessThan(75_000)
  })
})
