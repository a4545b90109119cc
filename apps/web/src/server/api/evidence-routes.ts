import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { z } from 'zod'
import { makeEvidence } from '../evidence/make-evidence.ts'
import { listLineSequences } from '../statements/read-line-entries.ts'
import { ApiProblem } from './api-problem.ts'
import { readQuery } from './query-parts.ts'
import type { ApiCall } from './route-table.ts'
import { statementNotFound } from './session-access.ts'
import { type CostEndpoint, statementIdOf } from './statement-routes.ts'

/** As on the command line. */
const ENTRIES_MAX = 1_000
const BUSY_SECONDS = '5'
const LATE_SECONDS = '60'

export const LineQuery = z.object({ line: z.string({ error: 'expected the id of a line' }).min(1).max(100) })

/** `GET /api/v1/ledger/entries/{space}:{sequence}/evidence`: one entry of usage with everything it follows from, as a zip that verifies by itself. */
export const entryEvidenceRoute: CostEndpoint = async (call) => {
  const { slug, sequence } = entryOf(call)
  await sendEvidence(call, { sequences: [sequence], name: `evidence-${slug}-${sequence}` })
}

/** `GET /api/v1/statements/{id}/evidence?line=`: the same of all entries of a line. */
export const lineEvidenceRoute: CostEndpoint = async (call) => {
  const { space, deps } = call
  const id = statementIdOf(call.parameter)
  const { line } = readQuery(LineQuery, call.url)
  const asked = { space, id, line, limit: ENTRIES_MAX + 1, asOf: deps.now() }
  const sequences = await listLineSequences(deps.pool, asked)
  if (sequences === null) throw statementNotFound()
  await sendEvidence(call, { sequences, name: `evidence-${id}-${line}` })
}

/** The space whose entry the path names; empty for what names none. */
export function slugOfEntry(call: ApiCall): string {
  return entryOf(call).slug
}

function entryOf({ parameter }: ApiCall): { slug: string; sequence: bigint } {
  const match = /^([^:]{1,100}):([1-9]\d{0,17})$/.exec(statementIdOf(parameter))
  return { slug: match?.[1] ?? '', sequence: BigInt(match?.[2] ?? 0) }
}

async function sendEvidence(
  call: ApiCall & { space: SpaceAccess['space'] },
  { sequences, name }: { sequences: bigint[]; name: string },
): Promise<void> {
  const { deps, space, response } = call
  const asked = { space: { id: space.id, slug: space.slug }, sequences }
  const answer = await (deps.evidence?.(asked) ?? makeEvidence(deps, asked, deps.now()))
  if (answer === 'busy') {
    const headers = { 'Retry-After': BUSY_SECONDS }
    throw new ApiProblem({ status: 503, detail: 'other evidence is being made; ask again in a moment', headers })
  }
  if (answer === 'late') {
    const headers = { 'Retry-After': LATE_SECONDS }
    const detail =
      'it was not made within two minutes, for the machine is busy: ask again later, or have it exported by the command line'
    throw new ApiProblem({ status: 503, detail, headers })
  }
  if ('refused' in answer) throw new ApiProblem({ status: 404, detail: answer.refused })
  response.writeHead(200, {
    'content-type': 'application/zip',
    'content-length': answer.bundle.length,
    'content-disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '-')}.zip"`,
    'cache-control': 'no-store',
  })
  response.end(answer.bundle)
}
