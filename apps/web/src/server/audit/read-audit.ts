import { findBilledSpace, listAudit, type Pool } from '@meterbook/db/postgres'
import { type AuditQuestion, type AuditText, auditText } from './audit-answer.ts'

const EXPORT_PAGE_ROWS = 1_000

/** A page of the log, newest first. A space that does not exist has no entries. */
export async function readAuditPage(
  pool: Pool,
  input: { question: AuditQuestion; before?: bigint | undefined; limit: number },
): Promise<{ entries: AuditText[]; next: string | null }> {
  const { question, before, limit } = input
  const { actor: actorId, act, type: targetType, target, request: requestId, from, to } = question
  const space = question.space === undefined ? undefined : await findBilledSpace(pool, question.space)
  if (space === null) return { entries: [], next: null }
  const filter = { actorId, act, targetType, target, requestId, from, to, spaceId: space?.id }
  const rows = await listAudit(pool, { filter, before, limit: limit + 1 })
  const page = rows.slice(0, limit)
  return { entries: page.map(auditText), next: rows.length > limit ? (page.at(-1)?.sequence.toString() ?? null) : null }
}

/** Every entry that is asked for, newest first, a page in memory at a time. */
export async function* readWholeAudit(pool: Pool, question: AuditQuestion): AsyncGenerator<AuditText[]> {
  let before: bigint | undefined
  for (;;) {
    const { entries, next } = await readAuditPage(pool, { question, before, limit: EXPORT_PAGE_ROWS })
    if (entries.length > 0) yield entries
    if (next === null) return
    before = BigInt(next)
  }
}
