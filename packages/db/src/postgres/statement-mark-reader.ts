import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { Pool } from './pool.ts'

/**
 * What tells whether anything of an issued statement was touched since: of its own row and of each entry that it carries, which version of the row is there.
 * Whatever changes a row, triggers or none, leaves another version of it; one that goes or comes changes the count. No text is read. What it cannot see is
 * a byte changed beneath Postgres: the verification of the chain reads and hashes every entry.
 */
export async function readStatementMark(
  pool: Pool,
  { spaceId, periodStart }: { spaceId: string; periodStart: Instant },
): Promise<string> {
  const { rows } = await pool.query<{ mark: string }>({
    name: 'statement-mark',
    text: `SELECT concat_ws(' ', (SELECT string_agg(concat_ws(',', id, xmin, ctid), ' ') FROM statement WHERE space_id = $1::uuid AND period_start = $2::timestamptz),
        (SELECT concat_ws(',', count(*), coalesce(sum(hashtextextended(concat_ws(',', sequence, xmin, ctid), 0)::numeric), 0))
          FROM ledger_entry WHERE space_id = $1::uuid AND billed_in_start = $2::timestamptz)) AS mark`,
    values: [spaceId, formatInstant(periodStart)],
  })
  return rows[0]?.mark ?? ''
}
