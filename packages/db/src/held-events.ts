import type { Window } from '@meterbook/core/window'
import { type ClickHouseClient, countEvents } from './clickhouse/index.ts'
import { listOwnedSpells, type Pool } from './postgres/index.ts'

const HELD = ['quarantined', 'conflict'] as const

/**
 * How many events of a month are held and may be a space's: of its apps, while they were its own. Held events have no space of their own, or not yet.
 * Test events are not among them.
 */
export async function countHeldEvents(
  { pool, clickhouse }: { pool: Pool; clickhouse: ClickHouseClient },
  month: { spaceId: string; period: Window },
): Promise<number> {
  let held = 0
  for (const { appIds, start: from, end: to } of await listOwnedSpells(pool, month)) {
    const filter = { appIds, spaceId: null, environments: null, verdicts: HELD, from, to, isReal: true }
    held += await countEvents(clickhouse, filter)
  }
  return held
}
