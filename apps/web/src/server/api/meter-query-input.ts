import type { IncomingMessage } from 'node:http'
import { parseInstant } from '@meterbook/core/kernel'
import { canonicalZone } from '@meterbook/core/window'
import { z } from 'zod'
import { ApiProblem } from './api-problem.ts'
import { readJsonBody } from './json-body.ts'
import { TextFilter } from './text-filter.ts'

const LIST_MAX = 100

const InstantText = z.string().transform((text, context) => {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant such as 2026-07-01T00:00:00Z' })
  return z.NEVER
})

const Zone = z.string().transform((name, context) => {
  const zone = canonicalZone(name)
  if (zone !== null) return zone
  context.addIssue({ code: 'custom', message: `invalid time zone: ${name.slice(0, 100)}` })
  return z.NEVER
})

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
  from: InstantText.optional(),
  to: InstantText.optional(),
  windowSize: z.enum(['MINUTE', 'HOUR', 'DAY', 'MONTH']).optional(),
  windowTimeZone: Zone.default('UTC'),
  subject: List.default([]),
  groupBy: List.default([]),
  filterGroupBy: mapOf(List).optional(),
  advancedMeterGroupByFilters: mapOf(TextFilter).optional(),
  filterCustomerId: List.default([]),
  clientId: z.string().min(1).max(36).optional(),
})
export type MeterQueryInput = z.infer<typeof MeterQueryInput>

/** Reads the question from the address (GET) or the body (POST). Throws ApiProblem 400, 413 or 415. */
export async function readMeterQuery(request: IncomingMessage, url: URL): Promise<MeterQueryInput> {
  const raw = request.method === 'POST' ? await readJsonBody(request) : queryOf(url.searchParams)
  const parsed = MeterQueryInput.safeParse(raw)
  if (!parsed.success) throw invalid(parsed.error)
  const { from, to, filterGroupBy, advancedMeterGroupByFilters } = parsed.data
  if (from !== undefined && to !== undefined && from === to) throw refusal('from', 'from and to cannot be equal')
  if (from !== undefined && to !== undefined && from > to) throw refusal('from', 'from must be before to')
  if (filterGroupBy && advancedMeterGroupByFilters) {
    throw refusal('filterGroupBy', 'expected one of filterGroupBy and advancedMeterGroupByFilters, found both')
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
    else if (query.has(key)) throw refusal(key, `expected ${key.slice(0, 100)} once, found it more often`)
    else query.set(key, key === 'advancedMeterGroupByFilters' ? jsonOf(value) : value)
  }
  if (filters.size > 0) query.set('filterGroupBy', Object.fromEntries(filters))
  return Object.fromEntries(query)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal('advancedMeterGroupByFilters', 'expected advancedMeterGroupByFilters to be JSON text')
  }
}

function refusal(field: string, detail: string): ApiProblem {
  return new ApiProblem({ status: 400, detail, validationErrors: [{ field, code: 'invalid', message: detail }] })
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
