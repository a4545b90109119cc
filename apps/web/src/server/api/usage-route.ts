import { type CsvCellKind, csvRecord } from '@meterbook/core/csv'
import { formatInstant } from '@meterbook/core/kernel'
import type { UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { isCsvWanted } from './meter-csv.ts'
import { sendJson } from './meter-routes.ts'
import { readUsageRows, type UsageRow } from './read-usage-rows.ts'
import type { Endpoint } from './route-table.ts'
import { type RowPlace, readUsageQuestion } from './usage-question.ts'

/**
 * `GET /api/v1/usage`: what was used, day by day, by app, capability, meter, environment and installation; days without usage have no row. Where there is
 * more, `next` and the `Link` header lead on, with both bounds written out, so that neither the clock nor what arrives moves a page.
 */
export const usageRoute: Endpoint<{ scope: UsageScope }> = async ({ request, response, url, scope, deps }) => {
  const now = deps.now()
  const question = readUsageQuestion(url, now)
  const environments = withinScope(scope.environments, question.environments)
  const asked = { scope: { ...scope, environments }, question, meters: await deps.meters.listMeters(), now }
  const { rows, next } = await readUsageRows(deps, asked)
  const bounds = { from: formatInstant(question.from), to: formatInstant(question.to) }
  const nextPath = next === null ? null : pathOf(url, { ...bounds, next })
  if (nextPath !== null) response.setHeader('Link', `<${nextPath}>; rel="next"`)
  if (isCsvWanted(request.headers.accept)) {
    const csv = Buffer.from(csvOf(rows))
    response.writeHead(200, {
      'content-type': 'text/csv',
      'content-disposition': 'attachment; filename=usage.csv',
      'content-length': csv.length,
      'cache-control': 'no-store',
    })
    response.end(csv)
    return
  }
  sendJson(response, { ...bounds, windowTimeZone: question.zone, data: rows, next: nextPath })
}

/** What is asked for, of what may be seen. */
function withinScope(allowed: readonly string[] | null, asked: readonly string[] | undefined) {
  if (asked === undefined) return allowed
  return allowed === null ? asked : asked.filter((name) => allowed.includes(name))
}

function pathOf(url: URL, input: { from: string; to: string; next: RowPlace }): string {
  const search = new URLSearchParams(url.searchParams)
  search.set('from', input.from)
  search.set('to', input.to)
  search.set('cursor', Buffer.from(JSON.stringify(input.next)).toString('base64url'))
  return `${url.pathname}?${search}`
}

const COLUMNS: readonly (readonly [string, CsvCellKind, (row: UsageRow) => string | null])[] = [
  ['day', 'text', (row) => row.day],
  ['window_start', 'text', (row) => row.windowStart],
  ['window_end', 'text', (row) => row.windowEnd],
  ['app', 'text', (row) => row.app],
  ['capability', 'text', (row) => row.capability],
  ['meter', 'text', (row) => row.meter],
  ['environment', 'text', (row) => row.environment],
  ['installation', 'text', (row) => row.installation],
  ['quantity', 'number', (row) => row.quantity],
  ['unit', 'text', (row) => row.unit],
  ['x_bucket_state', 'text', (row) => row.state],
]

function csvOf(rows: readonly UsageRow[]): string {
  const kinds = COLUMNS.map(([, kind]) => kind)
  const header = csvRecord(
    COLUMNS.map(([name]) => name),
    kinds.map(() => 'text' as const),
  )
  const records = rows.map((row) =>
    csvRecord(
      COLUMNS.map(([, , cellOf]) => cellOf(row)),
      kinds,
    ),
  )
  return header + records.join('')
}
