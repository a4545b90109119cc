import type { JournalPlace } from '@meterbook/core/event'
import { RECORDER, readRows, text } from './background-query.ts'
import type { ClickHouseClient } from './client.ts'

/** An account-window as an entry saw it: what was recorded by its journal number and not yet by that of the entry before. */
export interface ShareWindow {
  shard: number
  /** Journal numbers, (after, through]. */
  after: bigint
  through: bigint
  spaceId: string
  appId: string
  environment: string
  isExempt: boolean
  /** slugs */
  meters: readonly string[]
  /** microseconds, half-open */
  start: bigint
  end: bigint
}

/** What one version of a meter measured of the events before, of, or after one event. `total`: exact, in the version's base measure. */
export interface SharePiece {
  side: 'before' | 'own' | 'after'
  meter: string
  meterVersion: number
  count: string
  total: string
}

const SIDES = ['before', 'own', 'after'] as const

/**
 * What was measured in an account-window, split at one event: the order is the events' own time, then their place in the journal. Net of what was
 * reversed within those journal numbers. Sums only; a level does not add up.
 */
export async function readWindowAround(
  client: ClickHouseClient,
  { window, event }: { window: ShareWindow; event: JournalPlace & { at: bigint } },
): Promise<SharePiece[]> {
  const { meters, isExempt, ...rest } = window
  if (meters.length === 0) return []
  const order = 'tuple(toUnixTimestamp64Micro(u.at), u.batch, u.pos)'
  const at = 'tuple({at:Int64}, {batch:UInt64}, {pos:UInt32})'
  return readRows(client, {
    // the sort key first: one app, its meters, the window
    query: `SELECT multiIf(${order} < ${at}, 0, ${order} = ${at}, 1, 2) AS side, meter, meter_version,
        toString(sum(toInt64(u.sign))), toString(sumIf(u.quantity, u.sign = 1) - sumIf(u.quantity, u.sign = -1))
      FROM usage_records AS u
      WHERE u.app = {appId:String} AND u.meter IN {meters:Array(String)}
        AND u.at >= fromUnixTimestamp64Micro({start:Int64}, 'UTC') AND u.at < fromUnixTimestamp64Micro({end:Int64}, 'UTC')
        AND u.shard = {shard:UInt16} AND u.space = {spaceId:String} AND u.environment = {environment:String}
        AND u.exempt = {exempt:UInt8} AND ${RECORDER} > {after:UInt64} AND ${RECORDER} <= {through:UInt64}
      GROUP BY side, meter, meter_version ORDER BY side, meter, meter_version`,
    params: {
      ...rest,
      after: window.after.toString(),
      through: window.through.toString(),
      meters: [...meters],
      exempt: isExempt ? 1 : 0,
      at: event.at,
      batch: event.batch.toString(),
      pos: event.pos,
    },
    // who waits for this is a person
    settings: { priority: '0' },
    read: ([side, meter, version, count, total]) => ({
      side: SIDES[Number(side)] ?? 'after',
      meter: text(meter),
      meterVersion: Number(version),
      count: text(count),
      total: text(total),
    }),
  })
}
