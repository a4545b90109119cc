import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { nearestDouble } from '@meterbook/core/window'
import type { MeterQuery, MeterRow } from '@meterbook/db/clickhouse/usage-query'
import type { MeterQueryInput } from './meter-query-input.ts'

/** The JSON answer: what was asked, echoed where it was given, and a row per window and group. `valueExact` has every digit. */
export function meterAnswer(input: MeterQueryInput, rows: readonly MeterRow[]): Record<string, unknown> {
  return {
    ...(input.from !== undefined && { from: formatInstant(input.from) }),
    ...(input.to !== undefined && { to: formatInstant(input.to) }),
    ...(input.windowSize && { windowSize: input.windowSize }),
    data: rows.map((row) => ({
      value: nearestDouble(row.value),
      valueExact: row.value,
      windowStart: formatInstant(row.windowStart),
      windowEnd: formatInstant(row.windowEnd),
      subject: row.subject,
      groupBy: row.groups,
    })),
  }
}

const MINUTE_MICROS = 60_000_000n

/**
 * A count of nothing is a number, nought, where a sum of nothing is no number at all: COUNT and UNIQUE_COUNT without windows and groups
 * have one row of 0 over the range asked for. Without `to` it ends with the minute of now; without `from` there is no such row.
 */
export function withZeroRow(rows: MeterRow[], query: MeterQuery, now: Instant): MeterRow[] {
  const isCounting = query.meter.aggregation === 'COUNT' || query.meter.aggregation === 'UNIQUE_COUNT'
  const isGrouped = query.windowSize !== undefined || query.isBySubject || query.groupBy.length > 0
  const windowEnd = query.to ?? now - (now % MINUTE_MICROS) + MINUTE_MICROS
  if (rows.length > 0 || !isCounting || isGrouped || query.from === undefined || query.from >= windowEnd) return rows
  return [{ windowStart: query.from, windowEnd, appId: null, place: null, subject: null, groups: {}, value: '0' }]
}
