import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { Pool } from './pool.ts'

/** What was posted of an account's usage in one stretch of time; exempt usage is not in it. Exact decimal texts. */
export interface PostedDay {
  appId: string
  capabilityKey: string
  /** place of the stretch among those asked for, from 0 */
  day: number
  quantity: string
  amount: string
}

/**
 * A space's posted usage, added up between `starts` (ascending, at least one), the last stretch without end. By the time of the usage: a correction is
 * with the usage that it corrects, wherever it is billed. Reads every entry of the space once: for answers that are kept for a while.
 */
export async function readPostedDays(
  pool: Pool,
  input: { spaceId: string; starts: readonly Instant[] },
): Promise<PostedDay[]> {
  const { rows } = await pool.query<PostedDay>({
    name: 'forecast-posted-days',
    text: `SELECT app_id AS "appId", capability_key AS "capabilityKey", width_bucket(window_start, $2::timestamptz[]) - 1 AS day,
        trim_scale(sum(quantity))::text AS quantity, trim_scale(sum(amount))::text AS amount
      FROM ledger_entry WHERE space_id = $1 AND kind IN ('usage', 'adjustment') AND exempt IS NOT TRUE AND window_start >= ($2::timestamptz[])[1]
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    values: [input.spaceId, input.starts.map(formatInstant)],
  })
  return rows
}
