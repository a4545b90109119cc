import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docMarkdown } from '../../features/docs/doc-markdown.ts'
import { DOC_PLACES, type DocBlock, type DocPage } from '../../features/docs/doc-page.ts'
import { publishedOperations } from '../api/published-operations.ts'
import { ROUTES } from '../api/route-table.ts'
import { problemTypeUrl } from '../http/problem.ts'
import { PROBLEM_TYPES, type ProblemTypeName, problemTypeOf } from '../http/problem-types.ts'
import { docsPages, findDocsPage } from './docs-pages.ts'
import { answerDocsText, isDocsText } from './docs-text.ts'

let pages: DocPage[]
let origin: string
let stop: () => void
beforeAll(async () => {
  for (const [name, value] of Object.entries({ DATABASE_URL: 'x', CLICKHOUSE_URL: 'x', REDIS_URL: 'x' }))
    process.env[name] ??= value
  pages = docsPages()
  const server = createServer((request, response) => {
    if (isDocsText((request.url ?? '').split('?')[0] ?? '')) return answerDocsText(request, response)
    response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  stop = () => server.close()
})
afterAll(() => stop())

const wordsOf = (block: DocBlock): string[] => {
  if (block.kind === 'list') return [...block.items]
  if (block.kind === 'table') return [...block.head, ...block.rows.flat()]
  return [block.text]
}

describe('the error catalogue', () => {
  it('has a page for every type that a problem can have, and for every status that the code answers', () => {
    const names = Object.keys(PROBLEM_TYPES) as ProblemTypeName[]
    for (const name of names) expect(findDocsPage(new URL(problemTypeUrl(name)).pathname)?.title).toBe(name)
    const statuses = statusesInCode()
    expect([...statuses]).toEqual(
      expect.arrayContaining([400, 401, 403, 404, 405, 408, 413, 415, 417, 429, 431, 501, 503]),
    )
    for (const status of statuses) expect(PROBLEM_TYPES[problemTypeOf(status)].status, `${status}`).toBe(status)
    for (const { operation } of publishedOperations(ROUTES))
      for (const status of operation.problems) expect(PROBLEM_TYPES[problemTypeOf(status)].status).toBe(status)
  })
})

describe('a page of words', () => {
  it('stands where the navigation leads, and what it links to among us exists', () => {
    const paths = new Set(pages.map((page) => page.path))
    for (const [place] of DOC_PLACES) expect(paths).toContain(place)
    const links = pages
      .flatMap((page) => [page.lead, ...page.sections.flatMap(({ blocks }) => blocks.flatMap(wordsOf))])
      .flatMap((words) => [...words.matchAll(/\]\((\/docs[^)#]*)/g)].map((match) => match[1]))
    expect(links.length).toBeGreaterThan(20)
    for (const link of links) expect(paths).toContain(link)
  })

  it('has anchors that are its own, and no words left empty', () => {
    for (const page of pages) {
      const ids = page.sections.map(({ id }) => id)
      expect(new Set(ids).size, page.path).toBe(ids.length)
      for (const { id, blocks } of page.sections) {
        expect(id).toMatch(/^[A-Za-z][\w-]*$|^\d[\w-]*$/)
        for (const block of blocks) {
          if (block.kind === 'table')
            for (const row of block.rows) expect(row.length, `${page.path} ${block.label}`).toBe(block.head.length)
          expect(JSON.stringify(block), page.path).not.toMatch(/undefined|\[object Object\]|NaN/)
        }
      }
    }
  })

  it('names every operation with a way to call it', () => {
    const reference = docMarkdown(findDocsPage('/docs') as DocPage, 'https://meter.example')
    for (const { method, path: template } of publishedOperations(ROUTES)) {
      expect(reference).toContain(`### ${method} ${template}\n`)
    }
    expect(reference.match(/^curl -sS .*http:\/\/127\.0\.0\.1:3000\//gm)?.length).toBe(
      publishedOperations(ROUTES).length,
    )
  })
})

describe('as Markdown', () => {
  it('every page can be had under its address and .md, with links that lead back from anywhere', async () => {
    for (const page of pages) {
      const answer = await fetch(`${origin}${page.path}.md`)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/markdown; charset=utf-8'])
      const words = await answer.text()
      expect(words.startsWith(`# ${page.title}\n`)).toBe(true)
      expect(words).not.toMatch(/\]\(\//)
    }
    const missing = await fetch(`${origin}/docs/nothing.md`)
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect((await fetch(`${origin}/docs/limits`)).status).toBe(418)
  })

  it('is listed in llms.txt, each page once', async () => {
    const words = await (await fetch(`${origin}/llms.txt`)).text()
    expect(words).toMatch(/^# Meterbook\n\n> /)
    for (const page of pages) expect(words.split(`${page.path}.md)`).length - 1, page.path).toBe(1)
  })

  it('keeps a table a table, and code code, whatever stands in them', () => {
    const blocks: DocBlock[] = [
      { kind: 'table', label: 't', head: ['a'], rows: [['x | y\nz']] },
      { kind: 'code', language: 'md', label: 'c', text: '```\nx\n```' },
    ]
    const page = {
      path: '/docs/x',
      title: 'X',
      lead: 'x',
      sections: [{ id: 'a', title: 'A', level: 2 as const, blocks }],
    }
    expect(docMarkdown(page, '')).toContain('| x \\| y z |')
    expect(docMarkdown(page, '')).toContain('````md\n```\nx\n```\n````')
  })
})

/** Every status of a problem that is written in the code of the doors. */
function statusesInCode(): Set<number> {
  const server = path.resolve(import.meta.dirname, '..')
  const files = ['api', 'ingest', 'http', 'auth', 'health'].flatMap((folder) =>
    readdirSync(path.join(server, folder))
      .filter((name) => name.endsWith('.ts') && !name.includes('test'))
      .map((name) => readFileSync(path.join(server, folder, name), 'utf8')),
  )
  const found = files.flatMap((words) => [...words.matchAll(/(?:status: |refuseBody\()([45]\d\d)\b/g)])
  return new Set(found.map((match) => Number(match[1])))
}
