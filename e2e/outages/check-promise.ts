import { until } from '@meterbook/stack/wait'
import { expect } from 'vitest'
import type { OutageSystem } from './outage-system.ts'
import type { Problem, Told } from './steady-load.ts'

const CAUGHT_UP_MS_MAX = 90_000

/**
 * All that was acknowledged is visible, once, and came to be so in the order of the journal. `name`: of the one load that the system was
 * given.
 */
export async function expectPromiseKept(system: OutageSystem, name: string, told: Told): Promise<void> {
  const expected = told.acknowledged.size.toString()
  await until(async () => (await countedIn(system).catch(() => null)) === expected, {
    withinMs: CAUGHT_UP_MS_MAX,
    everyMs: 100,
  })
  expect(await countedIn(system)).toBe(expected)

  const index = await rows<{ id: string; n: number; others: number; first: string; counted: string }>(
    system,
    `SELECT event_id AS id, toInt32(sumIf(sign, verdict = 'counted')) AS n,
       toInt32(countIf(verdict NOT IN ('counted', 'duplicate'))) AS others,
       toString(min((batch, pos))) AS first, toString(minIf((batch, pos), verdict = 'counted')) AS counted
     FROM event_index WHERE subject = {name:String} GROUP BY event_id`,
    name,
  )
  expect(index.map(({ id }) => id).sort()).toEqual([...told.acknowledged].sort())
  expect(index.filter(({ n, others }) => n !== 1 || others !== 0)).toEqual([])
  // Worked in journal order, the first of the same events is the one that counts, whenever each was projected.
  expect(index.filter(({ first, counted }) => first !== counted)).toEqual([])
  expect(await groupsOutOfOrder(system)).toEqual([])
}

/** What the rollups show. */
async function countedIn(system: OutageSystem): Promise<string> {
  const [rollup] = await rows<{ n: string }>(
    system,
    `SELECT toString(sum(count)) AS n FROM rollup_minute WHERE meter = 'requests'`,
  )
  return rollup?.n ?? '0'
}

async function rows<Row>(system: OutageSystem, query: string, name = ''): Promise<Row[]> {
  const result = await system.clickhouse.query({ query, query_params: { name }, format: 'JSONEachRow' })
  return await result.json<Row>()
}

/** Groups of a shard that leave a gap to the one before, overlap it, or were done before it. */
async function groupsOutOfOrder({ pool }: OutageSystem): Promise<unknown[]> {
  const found = await pool.query(`SELECT * FROM (
      SELECT shard, first, last, done_at, lag(last) OVER w AS last_before, lag(done_at) OVER w AS done_before
      FROM projection_group WINDOW w AS (PARTITION BY shard ORDER BY first)
    ) g WHERE done_at IS NULL OR first <> coalesce(last_before, 0) + 1 OR done_at < done_before`)
  return found.rows
}

/** What a refused sender was told is a problem document, says when to come back, and speaks the truth. */
export function expectHonest(problems: readonly Problem[]): void {
  for (const { status, contentType, retryAfter, body } of problems) {
    expect(status).toBe(503)
    expect(contentType).toBe('application/problem+json')
    expect(retryAfter).toMatch(/^[1-9]\d{0,2}$/)
    expect(body).toMatchObject({ title: 'Service Unavailable', status: 503 })
    expect(body.type).toMatch(/\/docs\/errors\/temporarily-unavailable$/)
    expect(body.detail).toMatch(/send (them|it) again later/)
    expect(body.instance).toMatch(/^urn:request:/)
  }
}
