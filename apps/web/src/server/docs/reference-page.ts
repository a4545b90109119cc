import {
  code,
  type DocBlock,
  type DocPage,
  type DocSection,
  list,
  section,
  table,
  text,
} from '../../features/docs/doc-page.ts'
import type { OpenApiDocument, OpenApiOperation, Parameter, Schema } from '../api/openapi-document.ts'
import { publishedDocument, publishedOperations } from '../api/published-operations.ts'
import { ROUTES } from '../api/route-table.ts'
import { getOrigin } from '../env.ts'
import { fieldRows } from './schema-fields.ts'

/** The reference: the published document, in words. */
export function referencePage(): DocPage {
  const document = publishedDocument(ROUTES)
  const curls = new Map(publishedOperations(ROUTES).map(({ operation }) => [operation.id, operation.curl]))
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )
  return {
    path: '/docs',
    title: 'API reference',
    lead: 'Every operation of the public interface, made of the same document as [/api/v1/openapi.json](/api/v1/openapi.json).',
    sections: [
      section('Conventions', text(document.info.description), accessList()),
      ...document.tags.flatMap(({ name: tag, description }) => [
        section(tag, text(description)),
        ...operations
          .filter(({ operation }) => operation.tags.includes(tag))
          .map(({ name, operation }) => operationPart(document, name, operation, curls.get(operation.operationId))),
      ]),
    ],
  }
}

function accessList(): DocBlock {
  return list(
    '**Key**: `Authorization: Bearer mbk_…`, an app’s ingest key or a platform service’s key. An app’s key sends for its app and reads that app’s usage, and nothing else.',
    '**Session**: the cookie of a person who signed in to the portal; they see here what they see there.',
    '**Pages**: where an answer has a `Link` header with `rel="next"`, there is more. A cursor stays valid; what arrives meanwhile moves nothing.',
    '**CSV**: `Accept: text/csv`, alone. Texts that a spreadsheet could take for a formula begin with an apostrophe.',
  )
}

function operationPart(
  document: OpenApiDocument,
  name: string,
  operation: OpenApiOperation,
  curl: string | undefined,
): DocSection {
  return {
    id: operation.operationId,
    title: name,
    level: 3,
    blocks: [
      text(`**${operation.summary}.** ${accessOf(operation)}`),
      text(operation.description),
      ...(curl === undefined ? [] : [code('sh', `the request of ${operation.operationId}`, curlText(curl))]),
      ...parameterTable(name, operation.parameters),
      ...bodyBlocks(document, name, operation),
      ...answerBlocks(document, name, operation),
    ],
  }
}

function accessOf({ security }: OpenApiOperation): string {
  const ways = security.flatMap((each) => Object.keys(each))
  if (ways.length === 0) return 'Open to anyone.'
  return `With a ${ways.join(' or a ')}.`
}

/** The path of the example becomes an address that can be called; what goes with it stands on lines of its own. */
function curlText(curl: string): string {
  const at = Math.max(curl.lastIndexOf(' "/'), curl.lastIndexOf(' /'))
  const [before, address] = at < 0 ? ['', curl] : [curl.slice(0, at), curl.slice(at + 1)]
  const options = before.split(/ (?=-[A-Za-z])/).filter((option) => option !== '')
  return [`curl -sS ${address.replace(/^("?)\//, `$1${getOrigin()}/`)}`, ...options].join(' \\\n  ')
}

function parameterTable(name: string, parameters: readonly Parameter[]): DocBlock[] {
  if (parameters.length === 0) return []
  const rows = parameters.map((parameter) => [
    `\`${parameter.style === 'deepObject' ? `${parameter.name}[key]` : parameter.name}\``,
    parameter.in === 'query' ? '' : parameter.in,
    typeOf(parameter.schema),
    `${parameter.description}${defaultOf(parameter.schema)}`,
  ])
  return [table(`Parameters of ${name}`, ['parameter', 'in', 'type', 'what it is'], rows)]
}

function typeOf(schema: Schema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(' ')
  if (schema.type === 'array') return `${typeOf((schema.items ?? {}) as Schema)}, repeated`
  return String(schema.format ?? schema.type ?? 'text')
}

function defaultOf({ default: value }: Schema): string {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : ` Default: \`${value}\`.`
}

function bodyBlocks(document: OpenApiDocument, name: string, { requestBody }: OpenApiOperation): DocBlock[] {
  const [first] = Object.entries(requestBody?.content ?? {})
  if (first === undefined) return []
  const [type, { schema, example }] = first
  const rows = fieldRows(schema, document)
  return [
    text(`Body, as \`${type}\`:`),
    ...(rows.length > 0 ? [table(`Body of ${name}`, ['member', 'type', 'what it is'], rows)] : []),
    code('json', `the body of ${name}`, exampleText(example)),
  ]
}

function answerBlocks(document: OpenApiDocument, name: string, { responses }: OpenApiOperation): DocBlock[] {
  const rows = Object.entries(responses).map(([status, { description, content }]) => [
    status,
    `${description}${Object.keys(content ?? {})
      .map((type) => ` \`${type}\``)
      .join('')}`,
  ])
  const json = Object.values(responses).find(({ content }) => content?.['application/json'])?.content?.[
    'application/json'
  ]
  const fields = json ? fieldRows(json.schema, document) : []
  return [
    table(`Answers of ${name}`, ['status', 'answer'], rows),
    ...(fields.length > 0 ? [table(`Answer of ${name}`, ['member', 'type', 'what it is'], fields)] : []),
    ...(json ? [code('json', `the answer of ${name}`, exampleText(json.example))] : []),
  ]
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example.trimEnd() : JSON.stringify(example, null, 2)
}
