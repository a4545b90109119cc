import { parseInstant } from '@meterbook/core/kernel'
import { canonicalZone } from '@meterbook/core/window'
import { z } from 'zod'
import { ApiProblem } from './api-problem.ts'

/** What several questions of the interface have in common. The descriptions and examples are those of the published document. */
export const InstantText = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text)
    if (instant.ok) return instant.value
    context.addIssue({ code: 'custom', message: 'expected an RFC 3339 instant such as 2026-07-01T00:00:00Z' })
    return z.NEVER
  })
  .meta({ format: 'date-time' })

export const Zone = z
  .string()
  .transform((name, context) => {
    const zone = canonicalZone(name)
    if (zone !== null) return zone
    context.addIssue({ code: 'custom', message: `invalid time zone: ${name.slice(0, 100)}` })
    return z.NEVER
  })
  .meta({ description: 'A zone of the IANA database.', examples: ['UTC', 'Europe/Budapest'] })

/** The parameters of an address; those it does not know are ignored. `lists`: those that may be repeated. Throws ApiProblem 400. */
export function readQuery<Schema extends z.ZodType>(
  schema: Schema,
  url: URL,
  lists: readonly string[] = [],
): z.infer<Schema> {
  const given = new Map<string, string | string[]>(url.searchParams)
  for (const name of lists) if (url.searchParams.has(name)) given.set(name, url.searchParams.getAll(name))
  const query = schema.safeParse(Object.fromEntries(given))
  if (query.success) return query.data
  const validationErrors = query.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    code: issue.code,
    message: issue.message,
  }))
  const [first] = validationErrors
  throw new ApiProblem({ status: 400, detail: `${first?.field}: ${first?.message}`, validationErrors })
}

/** One fault of one parameter. */
export function refusalOf(field: string, detail: string): ApiProblem {
  return new ApiProblem({ status: 400, detail, validationErrors: [{ field, code: 'invalid', message: detail }] })
}
