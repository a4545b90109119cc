import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { MeterBase } from '@meterbook/core/posting'
import type { Window } from '@meterbook/core/window'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'
import type { AccountKey } from './settlement-store-totals.ts'

/**
 * What all entries of an account before a sequence add up to, without what is exempt, between two cuts each: as one window, that of any of them. Base
 * measures are exact decimal texts.
 */
export async function readPostedBefore(
  pool: Pool,
  input: AccountKey & { spaceId: string; sequence: bigint; cuts: readonly Instant[] },
): Promise<{ window: Window; measured: MeterBase[] }[]> {
  const { rows } = await pool.query<{
    segment: number
    window_start: string
    window_end: string
    meter: string
    version: number
    divisor: string
    base: string
  }>({
    name: 'posted-before',
    // By the index on accounts; an account has an hour's entries for each of its environments.
    text: `SELECT segment, ${microsOf('min(window_start)')} AS window_start, ${microsOf('min(window_end)')} AS window_end,
        m->>'meter' AS meter, (m->>'version')::int AS version, m->>'divisor' AS divisor, trim_scale(sum((m->>'base')::numeric))::text AS base
      FROM (
        SELECT width_bucket(window_start, $6::timestamptz[]) AS segment, window_start, window_end, canonical::jsonb->'measured' AS measured
        FROM ledger_entry WHERE space_id = $1::uuid AND app_id = $2::uuid AND capability_key = $3 AND period_start = $4::timestamptz
          AND sequence < $5 AND kind IN ('usage', 'adjustment') AND NOT exempt OFFSET 0
      ) e, jsonb_array_elements(measured) m GROUP BY segment, meter, version, divisor ORDER BY segment, meter, version, divisor`,
    values: [
      input.spaceId,
      input.appId,
      input.capabilityKey,
      formatInstant(input.periodStart),
      input.sequence.toString(),
      input.cuts.length === 0 ? ['infinity'] : input.cuts.map(formatInstant),
    ],
  })
  const segments = new Map<number, { window: Window; measured: MeterBase[] }>()
  for (const { segment, window_start, window_end, ...base } of rows) {
    const window = { start: BigInt(window_start), end: BigInt(window_end) }
    const known = segments.get(segment) ?? { window, measured: [] }
    segments.set(segment, known)
    known.measured.push(base)
  }
  return [...segments.values()]
}
