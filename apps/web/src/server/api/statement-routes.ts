import { readStatementId } from '@meterbook/core/statement'
import { type BilledSpace, findStatementSpace } from '@meterbook/db/postgres'
import { z } from 'zod'
import { readLineEntries } from '../statements/read-line-entries.ts'
import { listMonths, readStatement } from '../statements/statement-answer.ts'
import { ApiProblem } from './api-problem.ts'
import { sendJson } from './meter-routes.ts'
import type { ApiCall, Endpoint } from './route-table.ts'
import { costReadableSpace, statementNotFound } from './session-access.ts'

const ENTRIES_MAX = 500
const ENTRIES_DEFAULT = 100

const ListQuery = z.object({ space: z.string({ error: 'expected the slug of a developer space' }).min(1).max(100) })
const EntriesQuery = z.object({
  line: z.string().max(100).optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'expected a cursor as an earlier answer gave it' })
    .transform(BigInt)
    .default(0n),
  limit: z.coerce.number().int().min(1).max(ENTRIES_MAX).default(ENTRIES_DEFAULT),
})

/** `GET /api/v1/statements?space=`: every month of the space, newest first. */
export const listStatementsRoute: Endpoint = async (call) => {
  const { space: slug } = readQuery(ListQuery, call.url)
  const space = await costReadableSpace(call, slug)
  const { deps } = call
  const { months } = await listMonths(deps, { space, asOf: deps.now() })
  sendJson(call.response, { space: slug, statements: months })
}

/** `GET /api/v1/statements/{id}`: one statement, its lines, its checklist and what proves it. Money and quantities are decimal texts. */
export const getStatementRoute: Endpoint = async (call) => {
  const { space, id } = await statementAsked(call)
  const { deps } = call
  const statement = await readStatement(deps, { space, id, asOf: deps.now() })
  if (statement === null) throw statementNotFound()
  const path = `/api/v1/statements/${encodeURIComponent(id)}`
  sendJson(call.response, { ...statement, links: { entries: `${path}/entries`, export: `${path}/export` } })
}

/** `GET /api/v1/statements/{id}/entries?line=&cursor=&limit=`: the ledger entries behind a line, or behind all of them. */
export const statementEntriesRoute: Endpoint = async (call) => {
  const { space, id } = await statementAsked(call)
  const { line, cursor: after, limit } = readQuery(EntriesQuery, call.url)
  const { deps } = call
  const page = await readLineEntries(deps.pool, { space, id, line, after, limit, asOf: deps.now() })
  if (page === null) throw statementNotFound()
  sendJson(call.response, page)
}

/** The statement that the path names, and its space, for whoever may see what it costs. Throws ApiProblem. */
export async function statementAsked(call: ApiCall): Promise<{ space: BilledSpace; id: string }> {
  const id = decoded(call.parameter)
  // An issued one keeps its id when the space is given another slug.
  const slug = (await findStatementSpace(call.deps.pool, id)) ?? readStatementId(id)?.slug ?? ''
  return { space: await costReadableSpace(call, slug), id }
}

/** The parameters of an address; those it does not know are ignored. Throws ApiProblem 400. */
export function readQuery<Schema extends z.ZodType>(schema: Schema, url: URL): z.infer<Schema> {
  const query = schema.safeParse(Object.fromEntries(url.searchParams))
  if (query.success) return query.data
  const validationErrors = query.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    code: issue.code,
    message: issue.message,
  }))
  const [first] = validationErrors
  throw new ApiProblem({ status: 400, detail: `${first?.field}: ${first?.message}`, validationErrors })
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw statementNotFound()
  }
}
