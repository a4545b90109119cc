import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { ApiProblem } from './api-problem.ts'
import { readJsonBody } from './json-body.ts'
import { InstantText, refusalOf, Zone } from './query-parts.ts'
import { TextFilter } from './text-filter.ts'

const LIST_MAX = 100

/** A record leaves out a member named __proto__ without a word, and a filter that is left out shows more than was asked for. */
function mapOf<T extends z.ZodType>(values: T) {
  return z.preprocess(
    (input, context) => {
      if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__')) {
        context.addIssue({ code: 'custom', message: 'invalid group by filter: __proto__' })
      }
      return input
    },
    z.record(z.string(), values),
  )
}

const List = z.array(z.string().max(1024)).max(LIST_MAX)

/** The question of `meters/{idOrSlug}/query`, the same for GET and POST; members it does not know are ignored. */
export const MeterQueryInput = z.object({
  from: InstantText.optional().meta({ description: 'Inclusive. Left out: from the first usage on.' }),
  to: InstantText.optional().meta({ description: 'Exclusive. Left out: to the last usage.' }),
  windowSize: z
    .enum(['MINUTE', 'HOUR', 'DAY', 'MONTH'])
    .optional()
    .meta({ description: 'Left out: one row over the whole range.' }),
  windowTimeZone: Zone.default('UTC').meta({
    description: 'The zone, of the IANA database, whose days and months are meant.',
    examples: ['UTC', 'America/Los_Angeles'],
  }),
  subject: List.default([]).meta({ description: 'Any of these; adds grouping by subject. May be repeated.' }),
  groupBy: List.default([]).meta({ description: 'Dimensions of the meter, or `subject`. May be repeated.' }),
  filterGroupBy: mapOf(List)
    .optional()
    .meta({ description: 'By dimension: any of these values. In an address: `filterGroupBy[model]=a`.' }),
  advancedMeterGroupByFilters: mapOf(TextFilter)
    .optional()
    .meta({ description: 'By dimension: one operator. In an address: JSON text. Not together with filterGroupBy.' }),
  filterCustomerId: List.default([]).meta({ description: 'There are no customers here: any is unknown.' }),
  clientId: z.string().min(1).max(36).optional().meta({ description: 'Taken and ignored.' }),
})
export type MeterQueryInput = z.infer<typeof MeterQueryInput>

/** Reads the question from the address (GET) or the body (POST). Throws ApiProblem 400, 413 or 415. */
export async function readMeterQuery(request: IncomingMessage, url: URL): Promise<MeterQueryInput> {
  const raw = request.method === 'POST' ? await readJsonBody(request) : queryOf(url.searchParams)
  const parsed = MeterQueryInput.safeParse(raw)
  if (!parsed.success) throw invalid(parsed.error)
  const { from, to, filterGroupBy, advancedMeterGroupByFilters } = parsed.data
  if (from !== undefined && to !== undefined && from === to) throw refusalOf('from', 'from and to cannot be equal')
  if (from !== undefined && to !== undefined && from > to) throw refusalOf('from', 'from must be before to')
  if (filterGroupBy && advancedMeterGroupByFilters) {
    throw refusalOf('filterGroupBy', 'expected one of filterGroupBy and advancedMeterGroupByFilters, found both')
  }
  return parsed.data
}

const LISTS = new Set(['subject', 'groupBy', 'filterCustomerId'])

/** Repeated keys are lists, `filterGroupBy[key]=value` a map of lists, the advanced filters one JSON text. */
function queryOf(search: URLSearchParams): Record<string, unknown> {
  const query = new Map<string, unknown>()
  const filters = new Map<string, string[]>()
  for (const [key, value] of search) {
    const filtered = /^filterGroupBy\[(.*)\]$/s.exec(key)?.[1]
    if (filtered !== undefined) filters.set(filtered, [...(filters.get(filtered) ?? []), value])
    else if (LISTS.has(key)) query.set(key, [...((query.get(key) as string[] | undefined) ?? []), value])
    else if (query.has(key)) throw refusalOf(key, `expected ${key.slice(0, 100)} once, found it more often`)
    else query.set(key, key === 'advancedMeterGroupByFilters' ? jsonOf(value) : value)
  }
  if (filters.size > 0) query.set('filterGroupBy', Object.fromEntries(filters))
  return Object.fromEntries(query)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusalOf('advancedMeterGroupByFilters', 'expected advancedMeterGroupByFilters to be JSON text')
  }
}

function invalid(error: z.ZodError): ApiProblem {
  const validationErrors = error.issues.map((issue) => ({
    field: issue.path.join('.') || 'body',
    code: issue.code,
    message: issue.message,
  }))
  const [first] = validationErrors
  return new ApiProblem({ status: 400, detail: `${first?.field}: ${first?.message}`, validationErrors })
}
