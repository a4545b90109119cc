import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CatalogueCache } from '../attribute/catalogue-cache.ts'
import { createProjectionTestDatabase, type ProjectionTestDatabase } from '../attribute/projection-test-database.ts'
import type { LookDeps } from './look.ts'
import { lookAtRollups } from './look-at-rollups.ts'

const HOUR = 1_782_907_200_000_000n
const NEXT_HOUR = HOUR + 3_600_000_000n

let database: ProjectionTestDatabase
beforeAll(async () => {
  database = await createProjectionTestDatabase()
  for (const batch of [1, 2, 3, 4, 5]) {
    await database.journal(Array.from({ length: 10 }, (_, index) => prompt(batch, index)))
    await database.project()
  }
})
afterAll(() => database.drop())

/** Each batch is a group, in a minute of its own: three in the first hour, two in the second. */
const prompt = (batch: number, index: number) => ({
  ...{ specversion: '1.0', id: `${batch}-${index}`, source: '/test', type: 'prompt' },
  time: `2026-07-01T1${batch > 3 ? 3 : 2}:0${batch}:00Z`,
  data: { tokens: batch },
})

/** As if the last groups had been recorded and not closed yet. */
async function setClosed(through: number): Promise<void> {
  await database.owner.query('UPDATE projection_progress SET through = $1', [through])
  await database.owner.query('UPDATE projection_group SET done_at = CASE WHEN last <= $1 THEN now() END', [through])
}

const damage = (query: string) => database.clickhouse.command({ query, clickhouse_settings: { mutations_sync: '2' } })

/** `afterReading` runs between the reading of the tables and the judgement upon it. */
async function look(from: bigint, afterReading: () => Promise<void> = async () => undefined) {
  const { pool, clickhouse, appId } = database
  const deps: LookDeps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest: afterReading }
  const { differences, undecided } = await lookAtRollups(deps, { appId, from, to: from + 3_600_000_000n })
  return {
    undecided,
    differences: differences.map(({ what, figure, difference }) => `${what} ${figure} ${difference}`),
  }
}

describe('a rollup that is read while groups are being written', () => {
  test('is no difference when it has all of a group that is not closed, or nothing of it', async () => {
    await setClosed(1)
    // Group 2 is nowhere in the minutes yet; group 3 is there already, though it came later.
    await damage(`ALTER TABLE rollup_minute DELETE WHERE t = '2026-07-01 12:02:00'`)
    expect(await look(HOUR, () => setClosed(5))).toEqual({ undecided: 0, differences: [] })
  })

  test('is a difference once the group is closed, whole and to the digit', async () => {
    expect(await look(HOUR)).toEqual({
      undecided: 0,
      differences: ['rollup_minute count -10', 'rollup_minute sum -20'],
    })
  })

  test('is a difference at once when it has a part of a group, which no moment of writing leaves', async () => {
    await setClosed(4)
    await damage(`ALTER TABLE rollup_minute UPDATE count = 9, sum = 45 WHERE t = '2026-07-01 13:05:00'`)
    // In flight at the first look, closed at the second: of the same size at both.
    expect(await look(NEXT_HOUR, () => setClosed(5))).toEqual({
      undecided: 0,
      differences: ['rollup_minute count -1', 'rollup_minute sum -5'],
    })
  })
})
