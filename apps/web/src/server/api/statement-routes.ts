import { readStatementId } from '@meterbook/core/statement'
import { findStatementSpace } from '@meterbook/db/postgres'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { z } from 'zod'
import { readLineEntries } from '../statements/read-line-entries.ts'
import { listMonths, readProvisionalAnswer, readStatement } from '../statements/statement-answer.ts'
import { sendJson } from './meter-routes.ts'
import { readQuery } from './query-parts.ts'
import type { ApiCall, Endpoint } from './route-table.ts'
import { statementNotFound } from './session-access.ts'

export type CostEndpoint = Endpoint<{ space: SpaceAccess['space'] }>

const ENTRIES_MAX = 500
const ENTRIES_DEFAULT = 100

export const StatementsQuery = z.object({
  space: z.string({ error: 'expected the slug of a developer space' }).min(1).max(100),
})
export const EntriesQuery = z.object({
  line: z.string().max(100).optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'expected a cursor as an earlier answer gave it' })
    .prefault('0')
    .transform(BigInt)
    .meta({ description: 'From `cursor` of an earlier answer.' }),
  limit: z.coerce.number().int().min(1).max(ENTRIES_MAX).default(ENTRIES_DEFAULT),
})

/** `GET /api/v1/statements?space=`: every month of the space, newest first. */
export const listStatementsRoute: CostEndpoint = async ({ response, space, deps }) => {
  const { months } = await listMonths(deps, { space, asOf: deps.now() })
  sendJson(response, { space: space.slug, statements: months })
}

/** `GET /api/v1/statements/{id}`: one statement, its lines, its checklist and what proves it. Money and quantities are decimal texts. */
export const getStatementRoute: CostEndpoint = async ({ response, parameter, space, deps }) => {
  const id = statementIdOf(parameter)
  const statement = await readStatement(deps, { space, id, asOf: deps.now() })
  if (statement === null) throw statementNotFound()
  const path = `/api/v1/statements/${encodeURIComponent(id)}`
  const provisional = await readProvisionalAnswer(deps, { space, id, asOf: deps.now() })
  sendJson(response, { ...statement, provisional, links: { entries: `${path}/entries`, export: `${path}/export` } })
}

/** `GET /api/v1/statements/{id}/entries?line=&cursor=&limit=`: the ledger entries behind a line, or behind all of them. */
export const statementEntriesRoute: CostEndpoint = async ({ response, url, parameter, space, deps }) => {
  const id = statementIdOf(parameter)
  const { line, cursor: after, limit } = readQuery(EntriesQuery, url)
  const page = await readLineEntries(deps.pool, { space, id, line, after, limit, asOf: deps.now() })
  if (page === null) throw statementNotFound()
  sendJson(response, page)
}

/** The space that `space=` names. Throws ApiProblem 400 without one. */
export function slugAsked({ url }: ApiCall): string {
  return readQuery(StatementsQuery, url).space
}

/** The space of the statement that the path names; an issued one keeps its id when the space is given another slug. Empty for what is no statement's id. */
export async function slugOfStatement({ parameter, deps }: ApiCall): Promise<string> {
  const id = statementIdOf(parameter)
  return (await findStatementSpace(deps.pool, id)) ?? readStatementId(id)?.slug ?? ''
}

/** The statement that a path names. Throws ApiProblem 404 for what is no text. */
export function statementIdOf(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw statementNotFound()
  }
}
