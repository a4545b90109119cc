import type { OpenApiDocument, Schema } from '../api/openapi-document.ts'

/** Deeper than this a page would say less, not more: the document has it all. */
const DEPTH_MAX = 3

/** The members of a schema as rows of a table: name with its place (`data[].quantity`), type, and what it is. */
export function fieldRows(schema: Schema, document: OpenApiDocument): string[][] {
  return rowsOf(schema, document, { prefix: '', depth: 0 })
}

function rowsOf(
  given: Schema,
  document: OpenApiDocument,
  { prefix, depth }: { prefix: string; depth: number },
): string[][] {
  const schema = resolved(given, document)
  if (depth > DEPTH_MAX) return []
  if (schema.type === 'array') {
    return rowsOf((schema.items ?? {}) as Schema, document, { prefix: `${prefix}[]`, depth: depth + 1 })
  }
  const required = (schema.required ?? []) as string[]
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(([name, member]) => {
    const place = prefix === '' ? name : `${prefix}.${name}`
    const { description } = resolved(member, document)
    const row = [
      `\`${place}\``,
      `${typeOf(member, document)}${required.includes(name) ? '' : ', optional'}`,
      String(member.description ?? description ?? plainOf(member, document).description ?? ''),
    ]
    return [row, ...rowsOf(plainOf(member, document), document, { prefix: place, depth: depth + 1 })]
  })
}

function resolved(schema: Schema, { components }: OpenApiDocument): Schema {
  const name = String(schema.$ref ?? '').replace('#/components/schemas/', '')
  return components.schemas[name] ?? schema
}

/** Of a choice with null: what it is otherwise. */
function plainOf(given: Schema, document: OpenApiDocument): Schema {
  const schema = resolved(given, document)
  const choices = ((schema.anyOf ?? []) as Schema[]).filter(({ type }) => type !== 'null')
  return choices.length === 1 ? resolved(choices[0] ?? {}, document) : schema
}

function typeOf(given: Schema, document: OpenApiDocument): string {
  const schema = resolved(given, document)
  if (Array.isArray(schema.anyOf)) {
    const types = [...new Set((schema.anyOf as Schema[]).map((each) => typeOf(each, document)))]
    return types.join(' or ')
  }
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(' ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as Schema, document)}`
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  if (schema.format === 'date-time') return 'instant'
  return String(schema.type ?? 'any')
}
