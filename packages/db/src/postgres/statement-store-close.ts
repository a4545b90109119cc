import { hash, randomUUID } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import {
  type ChecklistItem,
  closingChecklist,
  closingEntries,
  composeStatement,
  mayClose,
  type Statement,
  statementId,
} from '@meterbook/core/statement'
import type { Window } from '@meterbook/core/window'
import { appendAudit } from './audit-store.ts'
import { appendEntries, lockHead } from './ledger-store.ts'
import type { Pool, PoolClient } from './pool.ts'
import {
  type BilledSpace,
  findStatement,
  readBilledMonths,
  readBillingTerms,
  type StoredStatement,
} from './statement-store.ts'
import { readMonthFacts } from './statement-store-facts.ts'

export interface Closing {
  space: BilledSpace
  period: Window
  /** events of the month that are held and may be the space's, as counted just before */
  held: number
  /** now */
  asOf: Instant
  actor: { id: string; name: string }
  /** lets the month be closed in spite of what is held; kept if it is closed by it */
  waiverReason?: string | undefined
  /** shows what would come of it, and writes nothing */
  isTrial?: boolean
  /** for the audit log */
  requestId?: string
}

/** closed: by this call. already_closed: by an earlier one, and nothing was done. refused: the checklist does not hold. ready: a trial that would close. */
export interface ClosingOutcome {
  outcome: 'closed' | 'already_closed' | 'refused' | 'ready'
  checklist: ChecklistItem[]
  /** as issued, or as it would be */
  statement: Statement
  /** null until it is issued */
  stored: StoredStatement | null
}

/**
 * Issues the statement of a month, in one transaction under the lock of the ledger's head: whoever settles meanwhile is before it, and in the statement,
 * or after it, and in the next one. Twice is once. Killed anywhere, everything is there or nothing.
 */
export async function closeStatement(pool: Pool, closing: Closing): Promise<ClosingOutcome> {
  const client = await pool.connect()
  let isWritten = false
  try {
    await client.query('BEGIN')
    await lockHead(client, closing.space.id)
    const outcome = await close(client, closing)
    isWritten = outcome.outcome === 'closed'
    await client.query(isWritten ? 'COMMIT' : 'ROLLBACK')
    return outcome
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

async function close(client: PoolClient, closing: Closing): Promise<ClosingOutcome> {
  const { space, period, asOf, actor } = closing
  const place = { spaceId: space.id, periodStart: period.start }
  const before = await findStatement(client, place)
  if (before !== null) {
    return { outcome: 'already_closed', checklist: before.checklist, statement: before.statement, stored: before }
  }
  const checklist = await checklistOf(client, closing)
  const statement = await composed(client, closing)
  if (!mayClose(checklist)) return { outcome: 'refused', checklist, statement, stored: null }
  if (closing.isTrial === true) return { outcome: 'ready', checklist, statement, stored: null }
  const id = statementId({ period, slug: space.slug })
  const drafts = closingEntries({ statement, statementId: id, sha256: (text) => hash('sha256', text, 'hex') })
  const { last } = await appendEntries(client, { spaceId: space.id, drafts, postedAt: asOf })
  if (closing.waiverReason !== undefined && closing.held > 0) await insertWaiver(client, closing, closing.waiverReason)
  await client.query({
    name: 'statement-insert',
    text: `INSERT INTO statement (id, space_id, period_start, period_end, closed_at, closed_by, currency, exact_total, total, ledger_sequence, lines, checklist)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb)`,
    values: [
      id,
      space.id,
      formatInstant(period.start),
      formatInstant(period.end),
      formatInstant(asOf),
      actor.name,
      statement.currency,
      statement.exactTotal,
      statement.total,
      last.toString(),
      JSON.stringify(statement.lines),
      JSON.stringify(checklist),
    ],
  })
  await appendAudit(client, {
    actorId: actor.id,
    act: 'statement.close',
    targetType: 'statement',
    targetId: id,
    spaceId: space.id,
    after: {
      total: statement.total,
      currency: statement.currency,
      held: closing.held,
      waived: closing.waiverReason ?? null,
    },
    reason: closing.waiverReason ?? null,
    requestId: closing.requestId ?? null,
  })
  return { outcome: 'closed', checklist, statement, stored: await findStatement(client, place) }
}

async function checklistOf(client: PoolClient, closing: Closing): Promise<ChecklistItem[]> {
  const { space, period, held, asOf, waiverReason, actor } = closing
  const facts = await readMonthFacts(client, { spaceId: space.id, period, asOf })
  const waiver = waiverReason === undefined ? facts.waiver : { reason: waiverReason, by: actor.name }
  const { settledUntil, openIncidents } = facts
  return closingChecklist({ period, asOf, settledUntil, openIncidents, quarantined: held, waiver })
}

async function composed(client: PoolClient, { space, period }: Closing): Promise<Statement> {
  const months = await readBilledMonths(client, { space, starts: [period.start] })
  const terms = await readBillingTerms(client, { spaceId: space.id, period })
  return composeStatement({
    period: { start: formatInstant(period.start), end: formatInstant(period.end) },
    currency: space.currency,
    billed: months.get(period.start)?.billed ?? [],
    terms,
  })
}

function insertWaiver(client: PoolClient, { space, period, actor, asOf }: Closing, reason: string): Promise<unknown> {
  return client.query({
    name: 'statement-waiver-insert',
    text: `INSERT INTO quarantine_waiver (id, space_id, period_start, reason, actor_id, actor_name, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    values: [randomUUID(), space.id, formatInstant(period.start), reason, actor.id, actor.name, formatInstant(asOf)],
  })
}
