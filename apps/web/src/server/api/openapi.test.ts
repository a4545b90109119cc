import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { PROBLEM_TYPES } from '../http/problem-types.ts'
import type { OpenApiDocument, OpenApiOperation, Schema } from './openapi-document.ts'
import { type Content, ProblemBody } from './operation.ts'
import { publishedDocument, publishedOperations } from './published-operations.ts'
import { ROUTES } from './route-table.ts'

const published = publishedOperations(ROUTES)
const document: OpenApiDocument = JSON.parse(JSON.stringify(publishedDocument(ROUTES)))
const operations: [name: string, operation: OpenApiOperation][] = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, OpenApiOperation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
)

describe('the published document', () => {
  it('has every route that answers, and none that does not', () => {
    const answered = ROUTES.flatMap(([, methods, path]) =>
      Object.entries(methods).flatMap(([method, route]) => (route === 'later' ? [] : [`${method} ${path}`])),
    )
    const doors = ['POST /api/v1/events', 'GET /healthz', 'GET /livez', 'GET /readyz', 'GET /metrics']
    expect(operations.map(([name]) => name).sort()).toEqual([...answered, ...doors].sort())
  })

  it('calls operations by names that generated clients keep', () => {
    expect(Object.fromEntries(operations.map(([name, { operationId }]) => [operationId, name]))).toEqual({
      sendEvents: 'POST /api/v1/events',
      listEvents: 'GET /api/v1/events',
      readEventLife: 'GET /api/v1/events/{source}/{id}',
      listMeters: 'GET /api/v1/meters',
      getMeter: 'GET /api/v1/meters/{idOrSlug}',
      queryMeter: 'GET /api/v1/meters/{idOrSlug}/query',
      queryMeterPost: 'POST /api/v1/meters/{idOrSlug}/query',
      listMeterSubjects: 'GET /api/v1/meters/{idOrSlug}/subjects',
      listMeterGroupByValues: 'GET /api/v1/meters/{idOrSlug}/group-by/{key}/values',
      readUsage: 'GET /api/v1/usage',
      exploreUsage: 'GET /api/v1/explore/usage',
      exploreCost: 'GET /api/v1/explore/cost',
      listStatements: 'GET /api/v1/statements',
      readStatement: 'GET /api/v1/statements/{id}',
      listStatementEntries: 'GET /api/v1/statements/{id}/entries',
      exportStatement: 'GET /api/v1/statements/{id}/export',
      readExportManifest: 'GET /api/v1/statements/{id}/export/manifest',
      readLineEvidence: 'GET /api/v1/statements/{id}/evidence',
      readEntryEvidence: 'GET /api/v1/ledger/entries/{entry}/evidence',
      listLedgerHeads: 'GET /api/v1/ledger/heads',
      readOpenApi: 'GET /api/v1/openapi.json',
      healthz: 'GET /healthz',
      livez: 'GET /livez',
      readyz: 'GET /readyz',
      metrics: 'GET /metrics',
    })
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length)
  })

  it('is OpenAPI 3.1 in its structure', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(Object.keys(document).sort()).toEqual(
      ['components', 'info', 'openapi', 'paths', 'servers', 'tags', 'webhooks'].sort(),
    )
    for (const [name, operation] of operations) {
      const path = name.split(' ')[1] ?? ''
      expect(path, name).toMatch(/^\//)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const named = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect(named.map((parameter) => parameter.name).sort(), name).toEqual(inPath.sort())
      expect(
        named.every(({ required }) => required),
        name,
      ).toBe(true)
      const keys = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
      expect(new Set(keys).size, name).toBe(keys.length)
      for (const parameter of operation.parameters) expect(typeof parameter.schema, name).toBe('object')
      for (const status of Object.keys(operation.responses)) expect(status, name).toMatch(/^[1-5]\d\d$/)
      for (const requirement of operation.security.flatMap((each) => Object.keys(each))) {
        expect(Object.keys(document.components.securitySchemes), name).toContain(requirement)
      }
      for (const tag of operation.tags)
        expect(
          document.tags.map((each) => each.name),
          name,
        ).toContain(tag)
    }
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[\w.-]+$/)
    expect(document.webhooks).toEqual({})
  })

  it('refers to nothing that is not there, and writes its schemas in the words of JSON Schema', () => {
    const refs: string[] = []
    const wrong: string[] = []
    for (const schema of schemasOf(document)) {
      if (typeof schema.$ref === 'string') refs.push(schema.$ref)
      for (const type of [schema.type ?? []].flat()) {
        if (!TYPES.has(String(type))) wrong.push(JSON.stringify(schema).slice(0, 200))
      }
      for (const keyword of Object.keys(schema)) if (!KEYWORDS.has(keyword)) wrong.push(keyword)
      for (const pattern of [schema.pattern ?? []].flat()) expect(() => new RegExp(String(pattern), 'u')).not.toThrow()
    }
    expect(wrong).toEqual([])
    expect(refs.length).toBeGreaterThan(20)
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
    expect([...new Set(refs)].sort()).toEqual(known.sort())
  })

  it('answers every error of every operation with a problem that has a page', () => {
    for (const [name, { responses }] of operations) {
      expect(
        Object.keys(responses).some((status) => status.startsWith('2')),
        name,
      ).toBe(true)
      expect(Object.keys(responses), name).toContain('500')
      expect(Object.keys(responses), name).toContain('503')
      for (const [status, response] of Object.entries(responses)) {
        if (status.startsWith('2') || (name === 'GET /readyz' && status === '503')) continue
        const problem = response.content?.['application/problem+json']
        expect(problem?.schema, `${name} ${status}`).toEqual({ $ref: '#/components/schemas/Problem' })
        const type = new URL((problem ? (problem.example as { type: string }) : { type: 'none:' }).type)
        expect(Object.keys(PROBLEM_TYPES), `${name} ${status}`).toContain(type.pathname.replace('/docs/errors/', ''))
      }
    }
  })

  it('has words for everything: each operation, parameter and answer', () => {
    for (const [name, operation] of operations) {
      expect(operation.summary, name).toMatch(/^[A-Z].{3,60}[^.]$/)
      expect(operation.description, name).toMatch(/^[A-Z].+[.)]$/s)
      for (const { name: parameter, description } of operation.parameters) {
        expect(description, `${name} ${parameter}`).not.toBe('')
      }
      for (const response of Object.values(operation.responses)) expect(response.description, name).not.toBe('')
    }
    for (const { operation, path } of published) {
      const fixed = path.replaceAll(/\{\w+\}/g, '§').split('§')
      expect(
        fixed.every((part) => operation.curl.includes(part)),
        operation.curl,
      ).toBe(true)
    }
  })
})

describe('the examples', () => {
  it('are what their schemas say', () => {
    let checked = 0
    for (const { operation } of published) {
      const contents = [
        ...Object.entries(operation.body?.content ?? {}),
        ...operation.answers.flatMap(({ content }) => Object.entries(content ?? {})),
      ]
      for (const [type, content] of contents) {
        expect(faultsOf(content), `${operation.id} ${type}`).toEqual([])
        checked++
      }
      for (const [name, { example }] of Object.entries(operation.path ?? {})) expect(example, name).not.toBe('')
    }
    expect(checked).toBeGreaterThan(25)
  })

  it('would be refused if they were not: a decimal that is a number, a missing member', () => {
    const usage = published.find(({ operation }) => operation.id === 'readUsage')?.operation.answers[0]?.content
    const { schema, example }: Content = usage?.['application/json'] ?? { schema: ProblemBody, example: null }
    const [row] = (example as { data: Record<string, unknown>[] }).data
    for (const wrong of [
      { ...row, quantity: 1.5 },
      { ...row, day: undefined },
    ]) {
      expect(faultsOf({ schema, example: { ...(example as object), data: [wrong] } })).toHaveLength(1)
    }
  })
})

function faultsOf({ schema, example }: Content): z.core.$ZodIssue[] {
  const read = schema.safeParse(example)
  return read.success ? [] : read.error.issues
}

const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])
/** What our schemas may say: words that generators and pages understand. */
const KEYWORDS = new Set(
  `$ref type properties required additionalProperties propertyNames items prefixItems minItems maxItems enum const anyOf oneOf allOf not default description
  examples format pattern minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum contentEncoding title`.split(
    /\s+/,
  ),
)

/** Every schema of the document, nested ones too. */
function schemasOf({ paths, components }: OpenApiDocument): Schema[] {
  const roots: Schema[] = Object.values(components.schemas)
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    roots.push(...operation.parameters.map(({ schema }) => schema))
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((each) =>
      Object.values(each?.content ?? {}),
    )
    roots.push(...contents.map(({ schema }) => schema))
  }
  return roots.flatMap(withNested)
}

function withNested(schema: Schema): Schema[] {
  const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems'].flatMap(
    (name) => (schema[name] as Schema[] | undefined) ?? [],
  )
  const maps = Object.values((schema.properties as Record<string, Schema> | undefined) ?? {})
  const singles = ['items', 'additionalProperties', 'propertyNames', 'not'].flatMap((name) => {
    const nested = schema[name]
    return typeof nested === 'object' && nested !== null ? [nested as Schema] : []
  })
  return [schema, ...[...lists, ...maps, ...singles].flatMap(withNested)]
}
