import type { IncomingMessage, ServerResponse } from 'node:http'
import { docMarkdown } from '../../features/docs/doc-markdown.ts'
import type { DocPage } from '../../features/docs/doc-page.ts'
import { getOrigin } from '../env.ts'
import { sendProblem } from '../http/problem.ts'
import { docsPages, findDocsPage } from './docs-pages.ts'

const CACHE_SECONDS = 300

/** Whether a path is a page's Markdown twin, or the list of them all. */
export function isDocsText(path: string): boolean {
  return path === '/llms.txt' || /^\/docs(?:\/[a-z-]+){0,2}\.md$/.test(path)
}

/** Answers those paths with text; a page that does not exist is a problem. */
export function answerDocsText(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const words = path === '/llms.txt' ? llmsText(docsPages()) : markdownAt(path)
  if (words === null) {
    sendProblem(response, { status: 404, detail: `expected a page of the docs, found ${path}` })
    return
  }
  const bytes = Buffer.from(words)
  response.writeHead(200, {
    'content-type': path.endsWith('.md') ? 'text/markdown; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': `public, max-age=${CACHE_SECONDS}`,
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function markdownAt(path: string): string | null {
  const page = findDocsPage(path.replace(/\.md$/, ''))
  return page === null ? null : docMarkdown(page, getOrigin())
}

/** What a language model should read to know this interface, with the addresses of the pages as Markdown. */
function llmsText(pages: readonly DocPage[]): string {
  const origin = getOrigin()
  const isType = ({ path }: DocPage) => path.startsWith('/docs/errors/')
  const linkTo = ({ path, title, lead }: DocPage) => `- [${title}](${origin}${path}.md): ${plain(lead)}`
  return [
    '# Meterbook',
    '',
    '> Usage metering and an exact, auditable ledger: apps send CloudEvents, developers see what they used and what it costs, every amount leads back to its events.',
    '',
    'Quantities and money are exact decimals, as text. Instants are RFC 3339 in UTC. Clients of OpenMeter v1 work unchanged. Errors are RFC 9457 problems.',
    '',
    '## Docs',
    '',
    ...pages.filter((page) => !isType(page)).map(linkTo),
    `- [OpenAPI 3.1](${origin}/api/v1/openapi.json): every operation, parameter and answer`,
    '',
    '## Optional',
    '',
    ...pages.filter(isType).map(linkTo),
    `- [Status](${origin}/status): how far counting has come, and how fast it was`,
    '',
  ].join('\n')
}

function plain(lead: string): string {
  return lead.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
}
