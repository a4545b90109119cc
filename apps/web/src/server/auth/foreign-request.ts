import { problemTypeUrl } from '../http/problem.ts'
import { problemTypeOf } from '../http/problem-types.ts'

/**
 * Why a request that may change something is not one that our own pages sent, or null. Cookies come with whatever a browser sends from wherever, so that the
 * origin has to be ours where it is named, and the body JSON, which no form of another site can send without asking first. Requests without a cookie carry
 * nobody's rights; what reads is protected by the browser, which shows no other site the answer.
 */
export function foreignRequest(
  request: Request,
  origins: readonly string[],
): { status: 403 | 415; detail: string } | null {
  if (request.method === 'GET' || request.method === 'HEAD') return null
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const isForeign =
    origin === null ? site !== null && site !== 'same-origin' && site !== 'none' : !origins.includes(origin)
  if (isForeign) return { status: 403, detail: 'expected a request of this site' }
  const type = request.headers.get('content-type') ?? ''
  if (/^application\/json *(;|$)/i.test(type)) return null
  return { status: 415, detail: 'expected the content type application/json' }
}

/** The refusal as an answer. */
export function refuseForeign({ status, detail }: { status: number; detail: string }): Response {
  const title = status === 403 ? 'Forbidden' : 'Unsupported Media Type'
  const type = problemTypeUrl(problemTypeOf(status))
  return new Response(JSON.stringify({ type, title, status, detail }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  })
}
