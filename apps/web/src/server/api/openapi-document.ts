import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { PROBLEM_CONTENT_TYPE, problemTypeUrl } from '../http/problem.ts'
import { problemTypeOf } from '../http/problem-types.ts'
import { type AnswerDoc, type Content, type Operation, ProblemBody } from './operation.ts'

/** A place and a method, and what is done there. */
export interface PublishedOperation {
  method: string
  path: string
  operation: Operation
}

export interface OpenApiDocument {
  openapi: string
  info: { title: string; version: string; summary: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, OpenApiOperation>>
  webhooks: Record<string, never>
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, Schema> }
}

export interface OpenApiOperation {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: Schema; example: unknown }> }
  responses: Record<string, OpenApiResponse>
}

export interface OpenApiResponse {
  description: string
  headers?: Record<string, { description: string; schema: Schema }>
  content?: Record<string, { schema: Schema; example: unknown }>
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description: string
  schema: Schema
  example?: unknown
  style?: 'form' | 'deepObject'
  explode?: boolean
}

export type Schema = Record<string, unknown>

/** Every route may answer with these: a fault of ours, and a store that is away. */
const ALWAYS = [500, 503]

const TAGS: Record<Operation['tag'], string> = {
  Sending: 'Events come in here.',
  Usage: 'Daily rows of what was used.',
  Meters: 'Meters and their values, as OpenMeter’s client asks for them.',
  Events: 'Single events, and what became of each.',
  Statements: 'What a developer space pays, with what proves it.',
  Ledger: 'The chained entries that statements are made of.',
  Health: 'For machines that watch.',
}

/** OpenAPI 3.1 of what is published, from the schemas that read the requests. */
export function openApiDocument(published: readonly PublishedOperation[], origin: string): OpenApiDocument {
  const schemas: Record<string, Schema> = {}
  const paths: OpenApiDocument['paths'] = {}
  for (const { method, path, operation } of published) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(operation, schemas) }
  }
  return {
    openapi: '3.1.2',
    info: {
      title: 'Meterbook',
      version: '1.0.0',
      summary: 'Usage metering and an exact, auditable ledger.',
      description:
        'Quantities and money are exact decimals, as text. Instants are RFC 3339 in UTC. Every error is an RFC 9457 problem whose `type` leads to a page about it. Unknown parameters are ignored. Paths of OpenMeter’s interface that are not listed here answer 501.',
    },
    servers: [{ url: origin }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    // nothing is sent to others yet
    webhooks: {},
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An app’s ingest key, or a platform service’s key: `Authorization: Bearer mbk_…`.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'better-auth.session_token',
          description: 'The session of a person who signed in to the portal.',
        },
      },
    },
  }
}

function operationOf(operation: Operation, schemas: Record<string, Schema>): OpenApiOperation {
  const { id, tag, summary, description, answers, body } = operation
  const problems = [...new Set([...operation.problems, ...ALWAYS])].filter(
    (status) => !answers.some((answer) => answer.status === status),
  )
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: SECURITY[operation.access],
    parameters: parametersOf(operation),
    ...(body && { requestBody: { required: body.isRequired, content: contentOf(body.content, schemas, 'input') } }),
    responses: Object.fromEntries(
      [
        ...answers.map((answer) => [answer.status, answerOf(answer, schemas)] as const),
        ...problems.map((status) => [status, problemOf(status, schemas)] as const),
      ]
        .sort(([a], [b]) => a - b)
        .map(([status, answer]) => [String(status), answer]),
    ),
  }
}

const SECURITY: Record<Operation['access'], Record<string, string[]>[]> = {
  key: [{ key: [] }],
  session: [{ session: [] }],
  'key or session': [{ key: [] }, { session: [] }],
  anyone: [],
}

function parametersOf({ path, query, headers, deepObjects }: Operation): Parameter[] {
  const ofPath = Object.entries(path ?? {}).map(([name, { description, example }]): Parameter => {
    return { name, in: 'path', required: true, description, schema: { type: 'string' }, example }
  })
  const read = query && (jsonSchemaOf(query, 'input') as { properties?: Record<string, Schema>; required?: string[] })
  const ofQuery = Object.entries(read?.properties ?? {}).map(([name, { description, ...schema }]): Parameter => {
    const isDeep = deepObjects?.includes(name) === true
    return {
      ...{ name, in: 'query', required: read?.required?.includes(name) === true },
      description: String(description ?? DESCRIPTIONS[name] ?? ''),
      // one value for each key in an address, where a body has lists
      schema: isDeep ? { type: 'object', additionalProperties: { type: 'string' } } : schema,
      ...(isDeep && { style: 'deepObject' as const, explode: true }),
      ...(schema.type === 'array' && { style: 'form' as const, explode: true }),
    }
  })
  const ofHeaders = Object.entries(headers ?? {}).map(([name, { description, example }]): Parameter => {
    return { name, in: 'header', required: false, description, schema: { type: 'string' }, ...(example && { example }) }
  })
  return [...ofPath, ...ofQuery, ...ofHeaders]
}

/** What the same parameter is everywhere. */
const DESCRIPTIONS: Record<string, string> = {
  limit: 'How many at most.',
  cursor: 'Where to go on: from an earlier answer.',
  space: 'A developer space, by slug.',
  line: 'A line of the statement, by id.',
  format: 'The file’s format; `focus` is a FOCUS dataset as CSV.',
  dataset: 'What of the statement.',
  profile: 'Which FOCUS.',
}

function answerOf({ description, content, headers }: AnswerDoc, schemas: Record<string, Schema>): OpenApiResponse {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, words]) => [name, { description: words, schema: { type: 'string' } }]),
      ),
    }),
    ...(content && { content: contentOf(content, schemas, 'output') }),
  }
}

function problemOf(status: number, schemas: Record<string, Schema>): OpenApiResponse {
  const title = STATUS_CODES[status] ?? 'Error'
  return {
    description: title,
    ...((status === 429 || status === 503) && {
      headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
    }),
    content: {
      [PROBLEM_CONTENT_TYPE]: {
        schema: referTo(jsonSchemaOf(ProblemBody, 'output'), schemas),
        example: problemExample(status, title),
      },
    },
  }
}

function problemExample(status: number, title: string) {
  return {
    type: problemTypeUrl(problemTypeOf(status)),
    title,
    status,
    detail: 'what was expected, and what was found',
    instance: 'urn:request:3f0c1f0e-6a3b-4c1e-9d1e-2b7f5a9c0d11',
  }
}

function contentOf(
  content: Readonly<Record<string, Content>>,
  schemas: Record<string, Schema>,
  io: 'input' | 'output',
) {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema, example }]) => [
      type,
      { schema: referTo(jsonSchemaOf(schema, io), schemas), example },
    ]),
  )
}

/** JSON Schema 2020-12, which is what OpenAPI 3.1 takes. `input`: what may be sent; `output`: what is answered. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, '~standard': __, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema
  return json
}

/** Schemas that have a name go to the components, once; everything else stays where it is. */
function referTo(schema: Schema, schemas: Record<string, Schema>): Schema {
  const { $defs, id, ...rest } = schema as Schema & { $defs?: Record<string, Schema>; id?: string }
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const { id: __, ...own } = definition
    schemas[name] = renamed(own) as Schema
  }
  if (id === undefined) return renamed(rest) as Schema
  schemas[id] = renamed(rest) as Schema
  return { $ref: `#/components/schemas/${id}` }
}

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string'
        ? member.replace(/^#\/\$defs\//, '#/components/schemas/')
        : renamed(member),
    ]),
  )
}
