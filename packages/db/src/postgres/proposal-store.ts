import { randomUUID } from 'node:crypto'
import type { Instant } from '@meterbook/core/kernel'
import { type AuditValue, appendAudit } from './audit-store.ts'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** A proposal that nobody decided by then was forgotten, and what it says may no longer be so. */
const EXPIRES_AFTER_DAYS = 14

/** What a proposal would do, for whoever decides: figures as texts. */
export interface ProposalEffect {
  /** One sentence. */
  summary: string
  lines: { what: string; before: string | null; after: string | null }[]
}

export interface Proposer {
  id: string
  name: string
}

export type ProposalState = 'waiting' | 'expired' | 'approved' | 'rejected' | 'withdrawn'

export interface StoredProposal {
  id: string
  kind: string
  spaceId: string | null
  payload: unknown
  effect: ProposalEffect
  reason: string
  proposedBy: Proposer
  proposedAt: Instant
  expiresAt: Instant
  state: ProposalState
  decision: { by: Proposer; at: Instant; reason: string | null; outcome: unknown } | null
}

export interface ProposalDraft {
  /** The same id again is the same proposal; without one it gets its own. */
  id?: string
  kind: string
  /** Whose page it is on; null: of the platform only. */
  spaceId: string | null
  payload: AuditValue
  effect: ProposalEffect
  reason: string
  proposedBy: Proposer
  requestId?: string | null
}

/** Writes a proposal and its entry of the audit log, in the caller's transaction. Returns its id; with an id that is known nothing is written. */
export async function insertProposal(tx: PoolClient, draft: ProposalDraft): Promise<string> {
  const { id = randomUUID(), kind, spaceId, payload, effect, reason, proposedBy, requestId } = draft
  const { rowCount } = await tx.query(
    `INSERT INTO proposal (id, kind, space_id, payload, effect, reason, proposed_by, proposed_by_name, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(days => $9)) ON CONFLICT (id) DO NOTHING`,
    [id, kind, spaceId, jsonOf(payload), jsonOf(effect), reason, proposedBy.id, proposedBy.name, EXPIRES_AFTER_DAYS],
  )
  if (rowCount === 0) return id
  await appendAudit(tx, {
    actorId: proposedBy.id,
    act: 'proposal.propose',
    targetType: 'proposal',
    targetId: id,
    spaceId,
    after: { kind, payload, effect: effect.summary },
    reason,
    ...(requestId === undefined ? {} : { requestId }),
  })
  return id
}

/** Nobody else decides it until the caller's transaction ends. A proposal's row cannot be locked: the app may not change it. */
export async function lockProposal(tx: PoolClient, id: string): Promise<StoredProposal | null> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('proposal ' || $1, 0))`, [id])
  return findProposal(tx, id)
}

/** Writes what became of a proposal, which the caller has locked. The database refuses the proposer's own approval, and a second decision. */
export async function insertDecision(
  tx: PoolClient,
  input: {
    proposal: StoredProposal
    decision: 'approved' | 'rejected' | 'withdrawn'
    by: Proposer
    reason: string | null
    outcome: AuditValue | null
    requestId: string | null
  },
): Promise<void> {
  const { proposal, decision, by, reason, outcome, requestId } = input
  await tx.query(
    `INSERT INTO proposal_decision (proposal_id, decision, decided_by, decided_by_name, reason, outcome, decided_at)
     VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())`,
    [proposal.id, decision, by.id, by.name, reason, outcome === null ? null : jsonOf(outcome)],
  )
  await appendAudit(tx, {
    actorId: by.id,
    act: `proposal.${VERB[decision]}`,
    targetType: 'proposal',
    targetId: proposal.id,
    spaceId: proposal.spaceId,
    before: { kind: proposal.kind, proposedBy: proposal.proposedBy.id, effect: proposal.effect.summary },
    ...(outcome === null ? {} : { after: outcome }),
    reason,
    requestId,
  })
}

const VERB = { approved: 'approve', rejected: 'reject', withdrawn: 'withdraw' } as const

export async function findProposal(db: Pool | PoolClient, id: string): Promise<StoredProposal | null> {
  const { rows } = await db.query<ProposalRow>(`${SELECT} WHERE p.id = $1`, [id])
  const [row] = rows
  return row === undefined ? null : proposalOf(row)
}

/**
 * Proposals, newest first. `spaceId`: of that space, and those that `personId` made anywhere; without it, all. `waiting`: those that may still be
 * decided, or the others. `before`: the last one seen.
 */
export async function listProposals(
  db: Pool | PoolClient,
  input: { spaceId?: string; personId?: string; waiting?: boolean; before?: StoredProposal | null; limit: number },
): Promise<StoredProposal[]> {
  const { spaceId, personId, waiting, before, limit } = input
  const { rows } = await db.query<ProposalRow>(
    `${SELECT} WHERE ($1::uuid IS NULL OR p.space_id = $1 OR p.proposed_by = $2)
       AND ($3::boolean IS NULL OR $3 = (d.proposal_id IS NULL AND p.expires_at > now()))
       AND ($4::uuid IS NULL OR (p.proposed_at, p.id) < (SELECT proposed_at, id FROM proposal WHERE id = $4))
     ORDER BY p.proposed_at DESC, p.id DESC LIMIT $5`,
    [spaceId ?? null, personId ?? null, waiting ?? null, before?.id ?? null, limit],
  )
  return rows.map(proposalOf)
}

export async function countWaitingProposals(db: Pool | PoolClient): Promise<number> {
  const { rows } = await db.query<{ waiting: number }>(
    `SELECT count(*)::int AS waiting FROM proposal p
     WHERE expires_at > now() AND NOT EXISTS (SELECT FROM proposal_decision d WHERE d.proposal_id = p.id)`,
  )
  return rows[0]?.waiting ?? 0
}

const SELECT = `SELECT p.id, p.kind, p.space_id, p.payload, p.effect, p.reason, p.proposed_by, p.proposed_by_name,
    ${microsOf('p.proposed_at')} AS proposed, ${microsOf('p.expires_at')} AS expires, p.expires_at <= now() AS is_expired,
    d.decision, d.decided_by, d.decided_by_name, d.reason AS decision_reason, d.outcome, ${microsOf('d.decided_at')} AS decided
  FROM proposal p LEFT JOIN proposal_decision d ON d.proposal_id = p.id`

interface ProposalRow {
  id: string
  kind: string
  space_id: string | null
  payload: unknown
  effect: ProposalEffect
  reason: string
  proposed_by: string
  proposed_by_name: string
  proposed: string
  expires: string
  is_expired: boolean
  decision: 'approved' | 'rejected' | 'withdrawn' | null
  decided_by: string | null
  decided_by_name: string | null
  decision_reason: string | null
  outcome: unknown
  decided: string | null
}

function proposalOf(row: ProposalRow): StoredProposal {
  const { id, kind, payload, effect, reason, decision } = row
  return {
    ...{ id, kind, payload, effect, reason },
    spaceId: row.space_id,
    proposedBy: { id: row.proposed_by, name: row.proposed_by_name },
    proposedAt: BigInt(row.proposed),
    expiresAt: BigInt(row.expires),
    state: decision ?? (row.is_expired ? 'expired' : 'waiting'),
    decision:
      decision === null
        ? null
        : {
            by: { id: row.decided_by ?? '', name: row.decided_by_name ?? '' },
            at: BigInt(row.decided ?? 0),
            reason: row.decision_reason,
            outcome: row.outcome,
          },
  }
}

function jsonOf(value: AuditValue): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
}
