import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendAudit } from './audit-store.ts'
import { verifyAudit } from './audit-verify.ts'
import { inTransaction } from './pool.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

const ACT = { actorId: 'p1', act: 'space.create', targetType: 'space', targetId: 's1' }

const verify = () => verifyAudit(database.pool)

describe('the audit log', () => {
  test('an act and its entry are one: rolled back together, and the chain has no gap', async () => {
    await inTransaction(database.pool, (tx) => appendAudit(tx, ACT))
    const undone = inTransaction(database.pool, async (tx) => {
      await appendAudit(tx, { ...ACT, targetId: 's2' })
      throw new Error('the act failed')
    })
    await expect(undone).rejects.toThrow('the act failed')
    expect(await inTransaction(database.pool, (tx) => appendAudit(tx, { ...ACT, targetId: 's3' }))).toBe(2n)
    expect(await verify()).toMatchObject({ entries: 2n, fault: null })
  })

  test('acts of many at once make one chain, in the order of their times', async () => {
    const pool = database.openPool('crowd')
    const acts = Array.from({ length: 40 }, (_, at) =>
      inTransaction(pool, (tx) => appendAudit(tx, { ...ACT, targetId: `crowd-${at}` })),
    )
    const sequences = await Promise.all(acts)
    expect(new Set(sequences).size).toBe(40)
    expect(await verify()).toMatchObject({ entries: 42n, fault: null })
    const { rows } = await database.owner.query<{ ordered: boolean }>(
      `SELECT bool_and(recorded_at >= before) AS ordered FROM (SELECT recorded_at, lag(recorded_at, 1, '-infinity') OVER (ORDER BY sequence) AS before FROM audit_entry) e`,
    )
    expect(rows[0]?.ordered).toBe(true)
  })

  test('hostile texts and nested values are kept and verified', async () => {
    const hostile = {
      ...ACT,
      reason: '=1+1\0\ud800</script>',
      before: { __proto__: null, at: 5n, gone: undefined, list: [1.5, 'ü\u0000'] },
    }
    await inTransaction(database.pool, (tx) => appendAudit(tx, hostile))
    expect(await verify()).toMatchObject({ entries: 43n, fault: null })
  })

  test('a row that was changed, removed or added by whoever owns the database is named', async () => {
    await tamper(`UPDATE audit_entry SET actor_id = 'p2' WHERE sequence = 7`)
    expect((await verify()).fault).toMatchObject({ sequence: 7n, fault: 'altered', part: 'actorId' })
    await tamper(`UPDATE audit_entry SET actor_id = 'p1' WHERE sequence = 7`)
    expect((await verify()).fault).toBeNull()
    await tamper(`DELETE FROM audit_entry WHERE sequence = 43`)
    expect((await verify()).fault).toMatchObject({ sequence: 43n, fault: 'missing' })
  })

  test('the head moves on by one and is never set back, by the app nor by the owner', async () => {
    await expect(database.pool.query('UPDATE audit_head SET sequence = sequence - 1')).rejects.toThrow(
      'moves on by one',
    )
    await expect(database.owner.query('UPDATE audit_head SET sequence = sequence + 2')).rejects.toThrow(
      'moves on by one',
    )
    await expect(database.owner.query('DELETE FROM audit_head')).rejects.toThrow('append-only')
  })
})

async function tamper(statement: string): Promise<void> {
  const { owner } = database
  await owner.query('ALTER TABLE audit_entry DISABLE TRIGGER USER')
  expect((await owner.query(statement)).rowCount).toBe(1)
  await owner.query('ALTER TABLE audit_entry ENABLE TRIGGER USER')
}
