import { hash, randomUUID } from 'node:crypto'
import { type FoundBatch, type JournalSeal, PLATFORM_SPACE_ID, sealFault } from '@meterbook/core/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendCorrection } from './correction-store.ts'
import { readFoundBatches, readJournalExtents, readSealedThrough, sealJournal } from './journal-seal.ts'
import { JournalWriter } from './journal-writer.ts'
import { readEntries } from './ledger-store-read.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase } from './postgres-test-database.ts'

const POSTED_AT = 1_791_000_000_000_000n
const sha256 = (text: string) => hash('sha256', text, 'hex')

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

/** Batches of one event each; the texts of some are long enough to be compressed. */
async function fill(shard: number, count: number): Promise<void> {
  const writer = new JournalWriter(database.pool)
  await writer.append(
    Array.from({ length: count }, (_, at) => ({
      shard,
      appId: randomUUID(),
      keyId: randomUUID(),
      receivedAt: POSTED_AT + BigInt(at),
      eventCount: 1,
      body: `[{"id":"${at}","data":"${'x'.repeat((at % 3) * 1_000)}"}]`,
    })),
  )
}

async function sealsOf(shard: number): Promise<JournalSeal[]> {
  const entries = await readEntries(database.pool, { spaceId: PLATFORM_SPACE_ID, limit: 1_000 })
  return entries.map(({ entry }) => entry as JournalSeal).filter((seal) => seal.shard === shard)
}

async function batchesOf(shard: number, first: bigint, last: bigint | null): Promise<FoundBatch[]> {
  const found: FoundBatch[] = []
  for await (const page of readFoundBatches(database.pool, { shard, first, last })) found.push(...page)
  return found
}

const seal = (shard: number, through: bigint) => sealJournal(database.pool, { shard, through, postedAt: POSTED_AT })

describe('sealing the journal', () => {
  test('each batch is sealed once, in order, however often and by how many it is asked', async () => {
    await fill(1, 2_500)
    expect(await seal(1, 700n)).toBe(700n)
    expect(await Promise.all([seal(1, 2_500n), seal(1, 2_500n), seal(1, 900n)])).toContain(2_500n)
    expect(await seal(1, 2_500n)).toBe(2_500n)
    expect(await readSealedThrough(database.pool, 1)).toBe(2_500n)
    const seals = await sealsOf(1)
    let next = 1n
    for (const each of seals) {
      expect(each.first).toBe(String(next))
      expect(BigInt(each.batches)).toBe(BigInt(each.last) - next + 1n)
      next = BigInt(each.last) + 1n
      const batches = await batchesOf(1, BigInt(each.first), BigInt(each.last))
      expect(sealFault({ seal: each, batches, sha256 })).toBeNull()
    }
    expect(next).toBe(2_501n)
  })

  test('an operator’s act is sealed with the events', async () => {
    await fill(2, 1)
    await appendCorrection(database.pool, {
      request: {
        id: randomUUID(),
        act: 'cancel',
        app: { id: randomUUID(), shard: 2 },
        actor: { id: 'p', name: 'Pat' },
        reason: 'because',
        filter: {},
        targets: [{ batch: 1n, pos: 0 }],
      },
      receivedAt: POSTED_AT,
    })
    expect(await seal(2, 2n)).toBe(2n)
    const batches = await batchesOf(2, 1n, null)
    expect(batches.map(({ kind, keyId }) => [kind, keyId === null])).toEqual([
      ['events', false],
      ['act', true],
    ])
    expect(sealFault({ seal: (await sealsOf(2))[0] as JournalSeal, batches, sha256 })).toBeNull()
  })

  test('more than there is cannot be sealed: nothing of the call is', async () => {
    await fill(3, 3)
    await expect(seal(3, 4n)).rejects.toThrow('journal shard 3: expected 4 batches 1 to 4, found 3')
    expect(await readSealedThrough(database.pool, 3)).toBe(0n)
  })

  test('the extent of each shard is known to whoever compares it', async () => {
    await fill(4, 2)
    const extents = await readJournalExtents(database.pool)
    expect(extents.find(({ shard }) => shard === 4)).toEqual({ shard: 4, lowest: 1n, highest: 2n, through: 2n })
  })
})

describe('comparing the journal with a seal', () => {
  test('names what is missing, what was altered, and in doubt the run', async () => {
    await fill(5, 6)
    await seal(5, 6n)
    const [found] = await sealsOf(5)
    const batches = await batchesOf(5, 1n, 6n)
    const fault = (changed: readonly FoundBatch[]) =>
      sealFault({ seal: found as JournalSeal, batches: changed, sha256 })
    const second = batches[1] as FoundBatch
    const withSecond = (change: Partial<FoundBatch>) =>
      batches.map((each) => (each === second ? { ...second, ...change } : each))
    expect(fault(batches.filter((each) => each !== second))).toMatchObject({ shard: 5, batch: 2n, fault: 'missing' })
    expect(fault(batches.slice(0, 5))).toMatchObject({ batch: 6n, fault: 'missing' })
    expect(fault([...batches.slice(0, 2), second, ...batches.slice(2)])).toMatchObject({ batch: 2n, fault: 'added' })
    expect(fault(withSecond({ bodyDigest: 'f'.repeat(64) }))).toMatchObject({
      batch: 2n,
      fault: 'altered',
      part: 'body',
    })
    expect(fault(withSecond({ bodyDigest: null }))).toMatchObject({ batch: 2n, part: 'body' })
    for (const change of [
      { appId: randomUUID() },
      { keyId: null },
      { eventCount: 7 },
      { receivedAt: '2026-10-01T00:00:00Z' },
    ]) {
      expect(fault(withSecond(change))).toMatchObject({
        batch: 1n,
        fault: 'altered',
        part: 'one of the batches 1 to 6',
      })
    }
    const digest = sha256('another')
    expect(fault(withSecond({ digest, bodyDigest: digest }))).toMatchObject({
      fault: 'altered',
      found: expect.any(String),
    })
  })
})
