import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CurrentPerson } from './auth/current-person.ts'
import type { Handlers, NodeHandler } from './compose.ts'
import { answerDocsText, isDocsText } from './docs/docs-text.ts'
import { sendContinue } from './http/expect-continue.ts'
import { sendProblem } from './http/problem.ts'
import { BOARD_PATH } from './pipeline/board-path.ts'
import { FILE_HEADERS, securityHeaders } from './security-headers.ts'

/** Tells the page its own address, which Next keeps to itself: without it nobody could be led back after signing in. */
export const ASKED_PATH_HEADER = 'x-meterbook-path'

/**
 * Who may come in by a door. `an ingest key`: its handler asks for one before it reads anything. `as its routes state`: each procedure, API route and page behind it
 * states a right of its own. `run the platform`: asked for here, and for anyone else there is no such door.
 */
export type DoorRight = 'anyone' | 'an ingest key' | 'as its routes state' | 'run the platform'

export type Door = {
  name: string
  right: DoorRight
  fits: (path: string, method: string) => boolean
  handle: NodeHandler
}

export type RouteInput = {
  handlers: Handlers
  /** Next's own handler: everything that is not ours. */
  page: NodeHandler
  isHttps: boolean
  trustsProxy: boolean
  /** Told of each request by which door it came. */
  watch?: (request: IncomingMessage, response: ServerResponse, door: string) => void
  /** Who is signed in. */
  personOf: (headers: IncomingMessage['headers']) => Promise<Pick<CurrentPerson, 'isPlatformAdmin'> | null>
}

/** Decides which door a request goes through, and lets nobody through one that is not theirs. */
export function createRouter(input: RouteInput): NodeHandler {
  const doors = doorsOf(input)
  return async (request, response) => {
    request.url = originForm(request.url)
    if (!request.url.startsWith('/')) {
      return sendProblem(response, { status: 400, detail: 'expected a path that begins with /' })
    }
    const path = request.url.split('?', 1)[0] ?? '/'
    const fitting = doors.find(({ fits }) => fits(path, request.method ?? ''))
    input.watch?.(request, response, fitting?.name ?? 'page')
    // Only the ingest looks at a request before its body is sent; everybody else takes it as it comes.
    if (fitting?.right !== 'an ingest key') sendContinue(request, response)
    if (fitting && (fitting.right !== 'run the platform' || (await runsPlatform(request, input))))
      return fitting.handle(request, response)
    preparePage(request, response, input)
    return input.page(request, response)
  }
}

/** `GET http://host/path HTTP/1.1` is as good as `GET /path`: every server has to take both, and the doors know one. */
function originForm(url = '/'): string {
  const origin = /^https?:\/\/[^/?#]*/i.exec(url)?.[0]
  if (origin === undefined) return url
  const rest = url.slice(origin.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** The doors, the first that fits first. Behind none of them stands the portal: its pages ask by themselves, each of them. */
export function doorsOf({ handlers, page }: Pick<RouteInput, 'handlers' | 'page'>): readonly Door[] {
  const at = (name: string, handle: NodeHandler): Door => {
    return { name, right: 'anyone', fits: (path) => path === `/${name}`, handle }
  }
  return [
    {
      name: 'ingest',
      right: 'an ingest key',
      fits: (path, method) => path === '/api/v1/events' && method === 'POST',
      handle: handlers.ingest,
    },
    at('healthz', handlers.healthz),
    at('livez', handlers.livez),
    at('readyz', handlers.readyz),
    at('metrics', handlers.metrics),
    {
      name: 'api',
      right: 'as its routes state',
      fits: (path) => /^\/api\/v[12]\//.test(path),
      handle(request, response) {
        response.setHeader('X-Content-Type-Options', 'nosniff')
        return handlers.api(request, response)
      },
    },
    {
      name: 'texts',
      right: 'anyone',
      fits: (path, method) => isDocsText(path) && (method === 'GET' || method === 'HEAD'),
      handle: answerDocsText,
    },
    {
      name: 'board',
      right: 'run the platform',
      fits: (path) => path === BOARD_PATH || path.startsWith(`${BOARD_PATH}/`),
      handle: handlers.board,
    },
    {
      name: 'files',
      right: 'anyone',
      fits: (path) => path.startsWith('/_next/static/'),
      handle(request, response) {
        setHeaders(response, FILE_HEADERS)
        return page(request, response)
      },
    },
  ]
}

async function runsPlatform(request: IncomingMessage, { personOf }: RouteInput): Promise<boolean> {
  return (await personOf(request.headers))?.isPlatformAdmin === true
}

/** Next reads the nonce for its own scripts from the policy on the request; the browser reads the same policy from the answer. */
function preparePage(
  request: IncomingMessage,
  response: ServerResponse,
  { isHttps, trustsProxy }: { isHttps: boolean; trustsProxy: boolean },
) {
  const headers = securityHeaders({ nonce: randomBytes(16).toString('base64'), isHttps })
  setHeaders(response, headers)
  request.headers['content-security-policy'] = headers['Content-Security-Policy']
  request.headers[ASKED_PATH_HEADER] = (request.url ?? '/').replace(/[?&]_rsc=[^&]*/, '')
  if (!trustsProxy) request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
}

function setHeaders(response: ServerResponse, headers: Record<string, string>) {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
