import { isRiskyText } from '@meterbook/core/csv'
import { divideDecimals, formatInstant } from '@meterbook/core/kernel'
import type { MeterRow } from '@meterbook/db/clickhouse/usage-query'

/** Only where CSV is the one thing asked for; with a list or a wildcard the answer is JSON, as OpenMeter decides it. */
export function isCsvWanted(accept: string | undefined): boolean {
  return /^\s*text\/csv\s*(?:;[^,]*)?$/i.test(accept ?? '')
}

/** OpenMeter's layout: six digits after the point, lines end in LF. The exact value is in the JSON answer. */
export function meterCsv(rows: readonly MeterRow[], groupBy: readonly string[], isBySubject: boolean): string {
  const keys = [...new Set(groupBy)].filter((key) => key !== 'subject')
  const lines = [
    ['window_start', 'window_end', ...(isBySubject ? ['subject'] : []), ...keys, 'value'],
    ...rows.map((row) => [
      formatInstant(row.windowStart),
      formatInstant(row.windowEnd),
      ...(isBySubject ? [harmless(row.subject ?? '')] : []),
      ...keys.map((key) => harmless(row.groups[key] ?? '')),
      sixDigits(row.value),
    ]),
  ]
  return lines.map((line) => `${line.map(quoted).join(',')}\n`).join('')
}

function sixDigits(value: string): string {
  const [whole, fraction = ''] = divideDecimals(value, '1', 6).split('.')
  return `${whole}.${fraction.padEnd(6, '0')}`
}

/** What a sender wrote must not be a formula where somebody opens the file; a number never is one. */
function harmless(text: string): string {
  return isRiskyText(text) ? `'${text}` : text
}

/** RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
