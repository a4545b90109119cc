import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inTransaction } from './pool.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'
import {
  countWaitingProposals,
  findProposal,
  insertDecision,
  insertProposal,
  listProposals,
  lockProposal,
  type ProposalDraft,
} from './proposal-store.ts'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const ADA = { id: 'ada', name: 'Ada' }
const BO = { id: 'bo', name: 'Bo' }

const draft = (more: Partial<ProposalDraft> = {}): ProposalDraft => ({
  ...{ kind: 'test.act', spaceId: null, payload: { amount: '12.5' }, reason: 'because' },
  ...{ effect: { summary: 'twelve and a half', lines: [] }, proposedBy: ADA },
  ...more,
})
const proposed = (more: Partial<ProposalDraft> = {}) =>
  inTransaction(database.pool, (tx) => insertProposal(tx, draft(more)))
const decided = (id: string, decision: 'approved' | 'rejected' | 'withdrawn', by = BO) =>
  inTransaction(database.pool, async (tx) => {
    const proposal = await lockProposal(tx, id)
    if (proposal === null) throw new Error('expected the proposal')
    await insertDecision(tx, { proposal, decision, by, reason: null, outcome: null, requestId: null })
  })
const acts = async (id: string) => {
  const text = 'SELECT act, actor_id FROM audit_entry WHERE target_id = $1 ORDER BY sequence'
  return (await database.owner.query(text, [id])).rows
}

describe('a proposal', () => {
  test('is decided by another person, and both are in the audit log', async () => {
    const id = await proposed()
    expect(await findProposal(database.pool, id)).toMatchObject({ state: 'waiting', payload: { amount: '12.5' } })
    await decided(id, 'approved')
    expect(await findProposal(database.pool, id)).toMatchObject({ state: 'approved', decision: { by: BO } })
    expect(await acts(id)).toEqual([
      { act: 'proposal.propose', actor_id: 'ada' },
      { act: 'proposal.approve', actor_id: 'bo' },
    ])
  })

  test('cannot be approved or rejected by its proposer, whatever the code above forgets', async () => {
    const id = await proposed()
    await expect(decided(id, 'approved', ADA)).rejects.toThrow('approved or rejected by another')
    await expect(decided(id, 'rejected', ADA)).rejects.toThrow('approved or rejected by another')
    await expect(decided(id, 'withdrawn', BO)).rejects.toThrow('withdrawn by whoever made it')
    expect(await acts(id)).toHaveLength(1)
    await decided(id, 'withdrawn', ADA)
    expect((await findProposal(database.pool, id))?.state).toBe('withdrawn')
  })

  test('is decided once, also by two at the same moment', async () => {
    const id = await proposed()
    const outcomes = await Promise.allSettled([
      decided(id, 'approved'),
      decided(id, 'rejected', { id: 'cy', name: 'Cy' }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await acts(id)).toHaveLength(2)
  })

  test('that has expired cannot be approved', async () => {
    const id = randomUUID()
    await database.owner.query(
      `INSERT INTO proposal (id, kind, payload, effect, reason, proposed_by, proposed_by_name, proposed_at, expires_at)
       VALUES ($1, 'test.act', '{}', '{}', 'r', 'ada', 'Ada', now() - interval '2 days', now() - interval '1 day')`,
      [id],
    )
    expect((await findProposal(database.pool, id))?.state).toBe('expired')
    await expect(decided(id, 'approved')).rejects.toThrow('expired')
  })

  test('made twice under one id is one', async () => {
    const id = randomUUID()
    expect(await proposed({ id })).toBe(id)
    expect(await proposed({ id })).toBe(id)
    expect(await acts(id)).toHaveLength(1)
  })

  test('is listed for its space and its proposer, waiting ones apart, page by page', async () => {
    const spaceId = randomUUID()
    const ids: string[] = []
    for (let at = 0; at < 3; at += 1) ids.unshift(await proposed({ spaceId, proposedBy: BO }))
    const other = await proposed({ spaceId: randomUUID(), proposedBy: { id: 'dee', name: 'Dee' } })
    const listed = await listProposals(database.pool, { spaceId, personId: 'dee', limit: 10 })
    expect(listed.map(({ id }) => id)).toEqual([other, ...ids])
    const [first, ...rest] = await listProposals(database.pool, { spaceId, limit: 1 })
    expect([first?.id, rest]).toEqual([ids[0], []])
    const next = await listProposals(database.pool, { spaceId, before: first ?? null, limit: 10 })
    expect(next.map(({ id }) => id)).toEqual(ids.slice(1))
    const before = await countWaitingProposals(database.pool)
    await decided(ids[0] ?? '', 'rejected', ADA)
    expect(await countWaitingProposals(database.pool)).toBe(before - 1)
    const waiting = await listProposals(database.pool, { spaceId, waiting: true, limit: 10 })
    expect(waiting.map(({ id }) => id)).toEqual(ids.slice(1))
  })
})
