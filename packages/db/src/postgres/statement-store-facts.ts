import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { earlier, later, type Window } from '@meterbook/core/window'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** What Postgres knows of whether a month of a space can be closed. */
export interface MonthFacts {
  /** every window that ended by then is settled, on each shard of the month's apps; null: on one of them nothing is */
  settledUntil: Instant | null
  /** open differences of the space, or of nobody known, in the month or without a time */
  openIncidents: number
  /** the newest: somebody let it be closed in spite of what is held */
  waiver: { reason: string; by: string } | null
}

/** A month's facts; an app that never sent anything has nothing to settle. `asOf`: for a month in which there is nothing to wait for. */
export async function readMonthFacts(
  db: Pool | PoolClient,
  input: { spaceId: string; period: Window; asOf: Instant },
): Promise<MonthFacts> {
  const { spaceId, period, asOf } = input
  const values = [spaceId, formatInstant(period.start), formatInstant(period.end)]
  const shards = await db.query<{ until: string | null }>({
    name: 'statement-shards',
    text: `SELECT DISTINCT a.shard, ${microsOf('p.until')} AS until FROM app_ownership o JOIN app a ON a.id = o.app_id
        JOIN journal_head h ON h.shard = a.shard AND h.next > 1 LEFT JOIN settlement_progress p ON p.shard = a.shard
      WHERE o.space_id = $1 AND ${WITHIN_MONTH}`,
    values,
  })
  const incidents = await db.query<{ count: number }>({
    name: 'statement-incidents',
    // An hour of UTC may begin in the month before, by the clock of the space's zone.
    text: `SELECT count(*)::int AS count FROM incident WHERE resolved_at IS NULL
        AND (space_id = $1::text OR (space_id = '' AND (app_id = '' OR app_id IN (SELECT o.app_id::text FROM app_ownership o WHERE o.space_id = $1::uuid))))
        AND (hour IS NULL OR (hour > $2::timestamptz - interval '1 hour' AND hour < $3::timestamptz))`,
    values,
  })
  const waivers = await db.query<{ reason: string; by: string }>({
    name: 'statement-waiver',
    text: `SELECT reason, actor_name AS by FROM quarantine_waiver WHERE space_id = $1 AND period_start = $2::timestamptz
      ORDER BY recorded_at DESC, id LIMIT 1`,
    values: values.slice(0, 2),
  })
  const untils = shards.rows.map(({ until }) => (until === null ? null : BigInt(until)))
  return {
    settledUntil: untils.reduce<Instant | null>(
      (least, until) => (least === null || until === null ? null : earlier(least, until)),
      asOf,
    ),
    openIncidents: incidents.rows[0]?.count ?? 0,
    waiver: waivers.rows[0] ?? null,
  }
}

const WITHIN_MONTH = `o.effective_from < $3::timestamptz AND (o.effective_to IS NULL OR o.effective_to > $2::timestamptz)`

/** The apps that were a space's at some moment of a month, by shard. */
export async function listMonthApps(
  db: Pool | PoolClient,
  { spaceId, period }: { spaceId: string; period: Window },
): Promise<Map<number, string[]>> {
  const { rows } = await db.query<{ shard: number; apps: string[] }>({
    name: 'statement-apps',
    text: `SELECT a.shard, array_agg(DISTINCT a.id::text) AS apps FROM app_ownership o JOIN app a ON a.id = o.app_id
      WHERE o.space_id = $1 AND ${WITHIN_MONTH} GROUP BY a.shard ORDER BY a.shard`,
    values: [spaceId, formatInstant(period.start), formatInstant(period.end)],
  })
  return new Map(rows.map(({ shard, apps }) => [shard, apps]))
}

/** Apps that were a space's through the same part of a month. */
export interface OwnedSpell extends Window {
  appIds: string[]
}

/** Whose apps were the space's when, within a month: what is held of them then may be the space's. */
export async function listOwnedSpells(
  db: Pool | PoolClient,
  { spaceId, period }: { spaceId: string; period: Window },
): Promise<OwnedSpell[]> {
  const { rows } = await db.query<{ app_id: string; begins: string; ends: string | null }>({
    name: 'statement-spells',
    text: `SELECT o.app_id, ${microsOf('o.effective_from')} AS begins, ${microsOf('o.effective_to')} AS ends FROM app_ownership o
      WHERE o.space_id = $1 AND ${WITHIN_MONTH} ORDER BY o.app_id`,
    values: [spaceId, formatInstant(period.start), formatInstant(period.end)],
  })
  const spells = new Map<string, OwnedSpell>()
  for (const { app_id, begins, ends } of rows) {
    const start = later(BigInt(begins), period.start)
    const end = ends === null ? period.end : earlier(BigInt(ends), period.end)
    const spell = spells.get(`${start} ${end}`) ?? { start, end, appIds: [] }
    spell.appIds.push(app_id)
    spells.set(`${start} ${end}`, spell)
  }
  return [...spells.values()]
}
