import {
  countOpenIncidents,
  listIncidents,
  readFrontiers,
  readReconciliationHealth,
  readReconciliationProgress,
  takeReconciliation,
} from '@meterbook/db/postgres'
import { until } from '@meterbook/stack/wait'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import { keepReconciling } from './keep-reconciling.ts'
import { lookAtEverything } from './look-at-everything.ts'

const WITHIN_MS = 60_000

let database: ProjectionTestDatabase
let running: { stop: AbortController; ended: Promise<void> }[]
beforeEach(async () => {
  database = await createProjectionTestDatabase()
  running = []
})
afterEach(async () => {
  for (const { stop } of running) stop.abort()
  await Promise.all(running.map(({ ended }) => ended))
  await database.drop()
})

/** A reconciler that never rests, as a worker process would run it. */
function start(): { stop(): Promise<void> } {
  const { pool, clickhouse, databaseUrl } = database
  const stop = new AbortController()
  const log = pino({ level: 'silent' })
  const deps = { pool, clickhouse, databaseUrl, log, share: 1, roundMsMin: 0 }
  const ended = keepReconciling(deps, stop.signal)
  running.push({ stop, ended })
  return {
    async stop() {
      stop.abort()
      await ended
    },
  }
}

const prompt = (id: string, tokens: number) => ({
  ...{ specversion: '1.0', id, source: '/test', type: 'prompt', time: '2026-07-01T12:00:00Z' },
  data: { tokens, user: `user-${tokens}` },
})

async function take(batches: number, from = 0): Promise<void> {
  for (let batch = from; batch < from + batches; batch += 1) {
    await database.journal([prompt(`${batch}-a`, batch), prompt(`${batch}-b`, 1), prompt(`${batch}-a`, batch)])
    await database.project()
  }
}

const damage = (query: string) =>
  database.clickhouse.command({ query, clickhouse_settings: { mutations_sync: '2', insert_deduplicate: 0 } })

async function hasCompletedRoundSince(moment: bigint): Promise<boolean> {
  const { completedAt } = await readReconciliationHealth(database.pool)
  return completedAt !== null && completedAt > moment
}
const now = () => BigInt(Date.now()) * 1_000n

describe('the continuous reconciliation', () => {
  test('opens one incident for one difference however often it is seen, and resolves it when it is gone', async () => {
    await take(3)
    start()
    const began = now()
    expect(await until(() => hasCompletedRoundSince(began), { withinMs: WITHIN_MS })).toBe(true)
    expect(await listIncidents(database.pool, { limit: 10 })).toEqual([])

    await damage('OPTIMIZE TABLE rollup_hour FINAL')
    await damage(`ALTER TABLE rollup_hour UPDATE sum = sum + toDecimal256('0.25', 30) WHERE meter = 'tokens'`)
    expect(await until(async () => (await countOpenIncidents(database.pool)) === 1, { withinMs: WITHIN_MS })).toBe(true)
    const [incident] = await listIncidents(database.pool, { limit: 10 })
    expect(incident).toMatchObject({
      ...{ what: 'rollup_hour', figure: 'sum', appId: database.appId, meter: 'tokens', meterVersion: 1 },
      ...{ spaceId: database.spaceId, environment: 'production', hour: 1_782_907_200_000_000n, resolvedAt: null },
      ...{ expected: '6', found: '6.25', difference: '0.25' },
    })
    const seenAgain = async () => {
      const [again] = await listIncidents(database.pool, { limit: 10 })
      return again !== undefined && again.lastSeenAt > (incident?.lastSeenAt ?? 0n)
    }
    expect(await until(seenAgain, { withinMs: WITHIN_MS })).toBe(true)
    expect(await listIncidents(database.pool, { limit: 10 })).toHaveLength(1)

    await damage(`ALTER TABLE rollup_hour UPDATE sum = sum - toDecimal256('0.25', 30) WHERE meter = 'tokens'`)
    expect(await until(async () => (await countOpenIncidents(database.pool)) === 0, { withinMs: WITHIN_MS })).toBe(true)
    const [resolved] = await listIncidents(database.pool, { limit: 10 })
    expect(resolved).toMatchObject({ id: incident?.id, difference: '0.25' })
    expect(resolved?.resolvedAt).toBeGreaterThan(incident?.openedAt ?? 0n)
  })

  test('compares a new group soon after it is closed, without waiting for a round', async () => {
    await take(1)
    start()
    const isCompared = async () => {
      const [progress] = await readReconciliationProgress(database.pool)
      const [frontier] = await readFrontiers(database.pool)
      return progress !== undefined && progress.newest === frontier?.closed
    }
    expect(await until(isCompared, { withinMs: WITHIN_MS })).toBe(true)
    await take(1, 1)
    expect(await until(isCompared, { withinMs: WITHIN_MS })).toBe(true)
    expect(await readReconciliationHealth(database.pool)).toMatchObject({ openIncidents: 0, waitingBatches: 0n })
  })

  test('is one process at a time, and the next goes on where a killed one was', async () => {
    await take(2)
    const first = start()
    const isThrough = async () => (await readReconciliationProgress(database.pool))[0]?.newest === 2n
    expect(await until(isThrough, { withinMs: WITHIN_MS })).toBe(true)
    expect(await takeReconciliation(database.databaseUrl)).toBeNull()
    await first.stop()
    const lock = await takeReconciliation(database.databaseUrl)
    expect(lock).not.toBeNull()
    await lock?.release()
    // Compared before, and not looked at again by who follows the newest: only a round would come by.
    await database.owner.query(`UPDATE projection_group SET catalogue_revision = 999999 WHERE first = 1`)
    await take(1, 2)
    start()
    const goesOn = async () => (await readReconciliationProgress(database.pool))[0]?.newest === 3n
    expect(await until(goesOn, { withinMs: WITHIN_MS })).toBe(true)
  })

  test('finds nothing where nothing is wrong while events keep coming', async () => {
    start()
    const taking = take(10)
    const { pool, clickhouse } = database
    const deps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest: async () => undefined }
    const everything = { from: null, to: null, appId: null }
    let isTaken = false
    let looks = 0
    const looking = (async () => {
      do {
        expect((await lookAtEverything(deps, everything, () => undefined)).differences).toEqual([])
        looks += 1
      } while (!isTaken)
    })()
    await taking
    isTaken = true
    await looking
    const end = now()
    expect(await until(() => hasCompletedRoundSince(end), { withinMs: WITHIN_MS })).toBe(true)
    expect(looks).toBeGreaterThan(0)
    expect(await listIncidents(pool, { limit: 10 })).toEqual([])
    expect((await lookAtEverything(deps, everything, () => undefined)).events).toBe(30)
  })
})
