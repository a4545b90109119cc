import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Problem, sendProblem } from './problem.ts'

let server: Server | undefined
afterEach(() => server?.close())

async function answerTo(problem: Problem, headers: Record<string, string> = {}) {
  server = createServer((_req, res) => {
    sendProblem(res, problem)
    sendProblem(res, { status: 500, detail: 'a second answer' })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers })
}

test('a problem has exactly the content type that clients compare, and every member they read', async () => {
  const validationErrors = [{ field: 'id', code: 'required', message: 'expected an id' }]
  const answer = await answerTo({ status: 400, detail: 'bad', validationErrors, headers: { 'Retry-After': '3' } })
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.headers.get('retry-after')).toBe('3')
  const body = (await answer.json()) as { instance: string }
  expect(body).toEqual({
    type: 'http://127.0.0.1:3000/docs/errors/invalid-request',
    title: 'Bad Request',
    status: 400,
    detail: 'bad',
    instance: expect.stringMatching(/^urn:request:[0-9a-f-]{36}$/),
    extensions: { validationErrors },
  })
  expect(`urn:request:${answer.headers.get('x-request-id')}`).toBe(body.instance)
})

test('a problem carries the request id of the caller only if it is harmless', async () => {
  const kept = await answerTo({ status: 404, detail: 'no such meter' }, { 'x-request-id': 'trace-1' })
  expect(await kept.json()).toMatchObject({ instance: 'urn:request:trace-1' })
  server?.close()
  const replaced = await answerTo({ status: 404, detail: 'no such meter' }, { 'x-request-id': 'a b"<script>' })
  expect(((await replaced.json()) as { instance: string }).instance).not.toContain('script')
})
