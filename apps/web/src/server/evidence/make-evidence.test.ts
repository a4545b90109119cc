import { hash } from 'node:crypto'
import { verifyEvidence } from '@meterbook/core/evidence'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createStatementsTestDatabase,
  instant,
  type StatementsTestDatabase,
  seedMonths,
} from '../statements/statements-test-database.ts'
import { createEvidenceMaker } from './make-evidence.ts'

let database: StatementsTestDatabase
beforeAll(async () => {
  database = await createStatementsTestDatabase()
  await seedMonths(database)
})
afterAll(() => database.drop())

describe('evidence that is asked for in the portal', () => {
  it('is made in a thread of its own, one at a time, and verifies; what is no entry of usage is refused in words', async () => {
    const [databaseUrl, clickhouseUrl] = [database.urls.postgres.url, database.urls.clickhouse.url]
    const make = createEvidenceMaker({ databaseUrl, clickhouseUrl, now: () => instant('2026-07-20T00:00:00Z') })
    const { id, slug } = await database.spaceOf('ours')
    const asked = { space: { id, slug }, sequences: [1n] }
    const [first, second] = await Promise.all([make(asked), make(asked)])
    expect(second).toBe('busy')
    if (typeof first === 'string' || 'refused' in first)
      throw new Error(`expected a bundle, found ${JSON.stringify(first)}`)
    const report = verifyEvidence(first.bundle, { sha256: (text) => hash('sha256', text, 'hex') })
    expect(report).toMatchObject({ fault: null, events: 2, entries: [{ sequence: 1n, quantity: '1500' }] })
    expect(await make({ space: { id, slug }, sequences: [4n] })).toEqual({
      refused: expect.stringContaining('expected an entry of usage'),
    })
  })
})
