import type { Instant } from '@meterbook/core/kernel'
import type { WindowSize } from '@meterbook/core/window'
import { type MeterQuery, queryMeter, type UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { ApiProblem } from './api-problem.ts'
import { meterAnswer, withZeroRow } from './meter-answer.ts'
import { isCsvWanted, meterCsv } from './meter-csv.ts'
import type { MeterDefinition } from './meter-directory.ts'
import { type MeterQueryInput, readMeterQuery } from './meter-query-input.ts'
import { findMeter, sendJson } from './meter-routes.ts'
import { refusalOf } from './query-parts.ts'
import type { Endpoint } from './route-table.ts'

const WINDOW_SIZES: Record<NonNullable<MeterQueryInput['windowSize']>, WindowSize> = {
  MINUTE: 'minute',
  HOUR: 'hour',
  DAY: 'day',
  MONTH: 'month',
}

/** `GET` and `POST /api/v1/meters/{idOrSlug}/query`: one meter's usage by window, subject and dimension, as OpenMeter answers it. */
export const queryMeterRoute: Endpoint<{ scope: UsageScope }> = async (call) => {
  const { request, response, url, parameter, scope, deps } = call
  const input = await readMeterQuery(request, url)
  const meter = await findMeter(deps.meters, parameter)
  const now = deps.now()
  const query = meterQueryOf({ scope, input, meter, now })
  const rows = withZeroRow(await readRows(deps.clickhouse, query), query, now)
  if (!isCsvWanted(request.headers.accept)) return sendJson(response, meterAnswer(input, rows))
  const csv = Buffer.from(meterCsv(rows, input.groupBy, query.isBySubject))
  response.writeHead(200, {
    'content-type': 'text/csv',
    'content-disposition': `attachment; filename=${meter.slug}.csv`,
    'content-length': csv.length,
    'cache-control': 'no-store',
  })
  response.end(csv)
}

async function readRows(client: Parameters<typeof queryMeter>[0], query: MeterQuery) {
  try {
    return await queryMeter(client, query)
  } catch (error) {
    // more windows than anyone could read
    if (error instanceof RangeError) throw new ApiProblem({ status: 400, detail: error.message })
    throw error
  }
}

function meterQueryOf({
  scope,
  input,
  meter,
  now,
}: {
  scope: UsageScope
  input: MeterQueryInput
  meter: MeterDefinition
  now: Instant
}): MeterQuery {
  checkGroups(input, meter)
  if (meter.aggregation === 'PERCENTILE' && !meter.percentile) {
    throw new ApiProblem({
      status: 501,
      detail: `meter ${meter.slug} is a percentile and does not say which: its version has none`,
    })
  }
  return {
    scope,
    meter: {
      slug: meter.slug,
      aggregation: meter.aggregation,
      percentile: meter.percentile ?? null,
      divisors: new Map(meter.versions.map(({ version, divisor }) => [version, divisor])),
    },
    from: input.from,
    to: input.to,
    windowSize: input.windowSize && WINDOW_SIZES[input.windowSize],
    zone: input.windowTimeZone,
    subjects: input.subject.length > 0 ? input.subject : undefined,
    isBySubject: input.subject.length > 0 || input.groupBy.includes('subject'),
    groupBy: [...new Set(input.groupBy)].filter((key) => key !== 'subject'),
    filters: filtersOf(input),
    through: now,
  }
}

function filtersOf(input: MeterQueryInput): MeterQuery['filters'] {
  const plain = Object.entries(input.filterGroupBy ?? {}).filter(([, values]) => values.length > 0)
  return [
    ...plain.map(([dimension, values]) => ({ dimension, condition: { $in: values } })),
    ...Object.entries(input.advancedMeterGroupByFilters ?? {}).map(([dimension, condition]) => ({
      dimension,
      condition,
    })),
  ]
}

function checkGroups(input: MeterQueryInput, meter: MeterDefinition): void {
  const [customer] = input.filterCustomerId
  if (customer !== undefined) {
    throw new ApiProblem({ status: 404, detail: `customer with id ${customer} not found` })
  }
  for (const key of input.groupBy) {
    if (key === 'customer_id') throw refusalOf('groupBy', 'invalid group by: customer_id needs filterCustomerId')
    if (key !== 'subject' && !Object.hasOwn(meter.groupBy, key)) throw refusalOf('groupBy', `invalid group by: ${key}`)
  }
  for (const key of Object.keys({ ...input.filterGroupBy, ...input.advancedMeterGroupByFilters })) {
    if (!Object.hasOwn(meter.groupBy, key)) throw refusalOf('filterGroupBy', `invalid group by filter: ${key}`)
  }
}
