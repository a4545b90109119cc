import { hash } from 'node:crypto'
import { verifyEvidence } from '@meterbook/core/evidence'
import { exportEvidence } from '@meterbook/db/evidence'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSettleTestDatabase, eventOf as event, type SettleTestDatabase } from '../settle/settle-test-database.ts'

const NOW = '2026-06-20T00:00:00Z'
const sha256 = (text: string): string => hash('sha256', text, 'hex')

let database: SettleTestDatabase
beforeAll(async () => {
  database = await createSettleTestDatabase({
    prices: [
      { capability: 'requests', allowance: '1', price: '2' },
      { capability: 'tokens', price: '0.1' },
    ],
  })
})
afterAll(() => database.drop())

const bundleOf = (space: { id: string; slug: string }, sequence: bigint) =>
  exportEvidence(
    { pool: database.pool, clickhouse: database.clickhouse, now: () => 1_791_000_000_000_000n },
    { space, sequences: [sequence] },
  )

describe('the evidence of a corrected charge', () => {
  test('follows where a price was added to the past: before it, the repricing itself, and after it', async () => {
    const times = ['2026-06-10T08:00:00Z', '2026-06-10T10:10:00Z', '2026-06-10T10:50:00Z', '2026-06-11T00:00:00Z']
    await database.send(times.map((time) => event('request', time)))
    await database.settle(NOW)
    const later = { capability: 'requests', allowance: '1' }
    await database.addPrice({ ...later, version: 2, from: '2026-06-10T09:00:00Z', price: '7' })
    await database.settle(NOW)
    await database.send([event('request', '2026-06-10T10:20:00Z')])
    await database.settle(NOW)
    await database.addPrice({ ...later, version: 3, from: '2026-06-10T23:00:00Z', price: '1' })
    await database.settle(NOW)
    const entries = (await database.entries()).filter(({ capability }) => capability === 'requests')
    const kinds = entries.map((entry) => (entry.kind === 'adjustment' ? entry.reason : entry.kind))
    expect(kinds.filter((kind) => kind === 'repriced').length).toBeGreaterThan(2)
    expect(kinds).toContain('late_usage')
    const space = { id: database.spaceId, slug: 'space' }
    for (const { sequence, amount } of entries) {
      const report = verifyEvidence(await bundleOf(space, sequence), { sha256 })
      expect(report).toMatchObject({ fault: null, entries: [{ sequence, amount }] })
    }
  })

  test('follows from content that one act gave and another act moved on', async () => {
    const at = '2026-06-12T10:40:00Z'
    await database.send([event('prompt', at, { tokens: '900', user: 'ann' }, { id: 'amended' })])
    await database.settle(NOW)
    const amended = { id: 'amended', event: event('prompt', at, { tokens: '9', user: 'ann' }, { id: 'amended' }) }
    await database.act('amend', [amended])
    await database.settle(NOW)
    const other = await database.addSpace({ slug: 'other' })
    await database.move(database.app, other, '2026-06-12T00:00:00Z')
    await database.act('reattribute', [{ id: 'amended' }])
    await database.settle(NOW)
    const [moved] = (await database.entries(other)).filter(({ capability }) => capability === 'tokens')
    expect(moved?.quantity).toBe('9')
    const bundle = await bundleOf({ id: other, slug: 'other' }, moved?.sequence ?? 0n)
    expect(verifyEvidence(bundle, { sha256 })).toMatchObject({ fault: null, events: 1, entries: [{ quantity: '9' }] })
    for (const { sequence } of (await database.entries()).filter(({ capability }) => capability === 'tokens')) {
      const report = verifyEvidence(await bundleOf({ id: database.spaceId, slug: 'space' }, sequence), { sha256 })
      expect(report.fault).toBeNull()
    }
  })
})
