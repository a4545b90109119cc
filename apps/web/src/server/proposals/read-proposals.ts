import { formatInstant } from '@meterbook/core/kernel'
import { findProposal, listProposals, type Pool, readSpaces, type StoredProposal } from '@meterbook/db/postgres'
import type { CurrentPerson } from '../auth/current-person.ts'
import { ProposalRefused } from './proposal-kind.ts'
import { proposalKind } from './registry.ts'

/** A page of proposals, newest first, each with what the person may do with it. `spaceId`: that space's, and the person's own. */
export async function readProposals(
  pool: Pool,
  input: {
    person: CurrentPerson
    spaceId?: string
    waiting?: boolean | undefined
    after?: string | undefined
    limit: number
  },
) {
  const { person, spaceId, waiting, after, limit } = input
  const before = after === undefined ? null : await findProposal(pool, after)
  if (after !== undefined && before === null) throw new ProposalRefused('not_found', 'No such proposal')
  const rows = await listProposals(pool, {
    personId: person.id,
    before,
    limit: limit + 1,
    ...(spaceId !== undefined && { spaceId }),
    ...(waiting !== undefined && { waiting }),
  })
  const page = rows.slice(0, limit)
  const spaces = await readSpaces(
    pool,
    page.flatMap(({ spaceId: id }) => (id === null ? [] : [id])),
  )
  const proposals = []
  for (const row of page) {
    const slug = row.spaceId === null ? null : (spaces.get(row.spaceId)?.slug ?? null)
    proposals.push({ ...proposalText(row), space: slug, ...(await mayOf(person, row)) })
  }
  return { proposals, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}

async function mayOf(person: CurrentPerson, proposal: StoredProposal) {
  const isOwn = proposal.proposedBy.id === person.id
  const isWaiting = proposal.state === 'waiting'
  const kind = proposalKind(proposal.kind)
  const isOthers = isWaiting && !isOwn
  const mayDecide = isOthers && (kind === null ? person.isPlatformAdmin : await kind.mayDecide(person, proposal))
  return { mayWithdraw: isWaiting && isOwn, mayDecide }
}

function proposalText(proposal: StoredProposal) {
  const { id, kind, payload, effect, reason, state, proposedBy, proposedAt, expiresAt, decision } = proposal
  return {
    ...{ id, kind, state, reason },
    title: proposalKind(kind)?.title ?? kind,
    payload: JSON.stringify(payload, null, 2),
    effect,
    proposedBy: proposedBy.name,
    proposedAt: formatInstant(proposedAt),
    expiresAt: formatInstant(expiresAt),
    decision:
      decision === null ? null : { by: decision.by.name, at: formatInstant(decision.at), reason: decision.reason },
  }
}
