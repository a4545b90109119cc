import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { getRequestListener } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Pool } from '@meterbook/db/postgres'
import { Hono } from 'hono'
import type { NodeHandler } from '../compose.ts'
import { securityHeaders } from '../security-headers.ts'
import { BOARD_PATH } from './board-path.ts'
import { queuesOf } from './queues.ts'

/**
 * bull-board, for whoever runs the platform: the door asks for that right before each page, file and call of it. It only reads: jobs are hints, and an
 * act upon them would be one that the audit log does not have. The policy of every page of ours holds for it too, but that it may name its own base.
 */
export function createBoardHandler(input: { pool: Pool; redisUrl: string; isHttps: boolean }): NodeHandler {
  let made: { queues: unknown; app: Hono } | null = null
  const appOf = async (): Promise<Hono> => {
    const queues = await queuesOf(input)
    if (made?.queues === queues) return made.app
    const adapter = new HonoAdapter(serveStatic as ConstructorParameters<typeof HonoAdapter>[0])
    adapter.setBasePath(BOARD_PATH)
    createBullBoard({
      queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      // The adapter brings an api package of its own, of the same shape.
      serverAdapter: adapter as unknown as Parameters<typeof createBullBoard>[0]['serverAdapter'],
      options: {
        uiBasePath: UI_FOLDER,
        uiConfig: { boardTitle: 'Meterbook queues', hideRedisDetails: true, showMetrics: false },
      },
    })
    const app = new Hono()
    app.route(BOARD_PATH, adapter.registerPlugin())
    made = { queues, app }
    return app
  }
  return (request, response) => {
    const nonce = randomBytes(16).toString('base64')
    const headers = securityHeaders({ nonce, isHttps: input.isHttps })
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(name, value.replace("base-uri 'none'", "base-uri 'self'"))
    }
    // It reads, and nothing else: what a page of another site could make a browser send is refused with the rest.
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.statusCode = 405
      response.setHeader('Allow', 'GET, HEAD')
      return void response.end()
    }
    const answer = async (asked: Request) => adapted(await (await appOf()).fetch(asked), nonce)
    return getRequestListener(answer, { overrideGlobalObjects: false })(request, response)
  }
}

const UI_FOLDER = path.dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'))

/** Its page asks another origin for a font, which ours never does, and has a style of its own, which needs the nonce. */
async function adapted(response: Response, nonce: string): Promise<Response> {
  if (response.headers.get('content-type')?.startsWith('text/html') !== true) return response
  const page = await response.text()
  const ours = page.replaceAll(/<link[^>]+href="https?:[^>]*>/g, '').replaceAll('<style>', `<style nonce="${nonce}">`)
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  headers.set('cache-control', 'no-store')
  return new Response(ours, { status: response.status, headers })
}
