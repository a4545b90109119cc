import { formatInstant } from '@meterbook/core/kernel'
import type { Difference } from '@meterbook/core/reconciliation'
import type { Window } from '@meterbook/core/window'
import type { Pool } from './pool.ts'

/** Open differences that touch a space, by what was compared: its own, and those of nobody known in an app that it ever owned. Without a period: any time. */
export async function countSpaceIncidents(
  pool: Pool,
  input: { spaceId: string; period?: Window },
): Promise<{ what: Difference['what']; count: number }[]> {
  const { spaceId, period } = input
  const { rows } = await pool.query<{ what: Difference['what']; count: number }>({
    name: 'space-incidents',
    // An hour of UTC may begin in the month before, by the clock of the space's zone. The chain and the seals are everybody's.
    text: `SELECT what::text AS what, count(*)::int AS count FROM incident WHERE resolved_at IS NULL
        AND (space_id = $1::text OR (space_id = '' AND (app_id = '' OR app_id IN (SELECT o.app_id::text FROM app_ownership o WHERE o.space_id = $1::uuid))))
        AND (hour IS NULL OR $2::timestamptz IS NULL OR (hour > $2::timestamptz - interval '1 hour' AND hour < $3::timestamptz))
      GROUP BY what ORDER BY what`,
    values: [
      spaceId,
      period === undefined ? null : formatInstant(period.start),
      period === undefined ? null : formatInstant(period.end),
    ],
  })
  return rows
}
