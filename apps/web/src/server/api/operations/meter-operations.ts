import { z } from 'zod'
import { MeterQueryInput } from '../meter-query-input.ts'
import { NamesQuery } from '../meter-routes.ts'
import { csvOf, DecimalOut, InstantOut, type Operation } from '../operation.ts'

const Meter = z
  .object({
    id: z.uuid(),
    slug: z.string(),
    name: z.string(),
    description: z.string().optional(),
    aggregation: z.enum(['SUM', 'COUNT', 'UNIQUE_COUNT', 'AVG', 'MIN', 'MAX', 'LATEST', 'PERCENTILE', 'TIME_WEIGHTED']),
    percentile: DecimalOut.optional().meta({ description: 'PERCENTILE only: which, as a fraction of one.' }),
    eventType: z.string(),
    valueProperty: z.string().optional().meta({ description: 'JSONPath of the value in `data`.' }),
    groupBy: z.record(z.string(), z.string()).optional().meta({ description: 'Dimension → JSONPath.' }),
    capability: z.string().meta({ description: 'What its usage is billed as.' }),
    unit: z.string(),
    createdAt: InstantOut,
    updatedAt: InstantOut,
  })
  .meta({ id: 'Meter' })

const MeterRow = z
  .object({
    value: z.number().meta({ description: 'The nearest double of `valueExact`, as OpenMeter’s client expects.' }),
    valueExact: DecimalOut,
    windowStart: InstantOut,
    windowEnd: InstantOut,
    subject: z.string().nullable(),
    groupBy: z.record(z.string(), z.string()),
  })
  .meta({ id: 'MeterRow' })

const MeterAnswer = z
  .object({
    from: InstantOut.optional(),
    to: InstantOut.optional(),
    windowSize: z.enum(['MINUTE', 'HOUR', 'DAY', 'MONTH']).optional(),
    data: z.array(MeterRow),
  })
  .meta({ id: 'MeterAnswer' })

const METER = {
  id: '0197c4a2-7a51-7d3c-8000-000000000001',
  slug: 'tokens_total',
  name: 'Tokens',
  aggregation: 'SUM',
  eventType: 'prompt',
  valueProperty: '$.tokens',
  groupBy: { model: '$.model', type: '$.type' },
  capability: 'tokens.total',
  unit: 'tokens',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
}

const ANSWER = {
  from: '2026-11-01T00:00:00Z',
  to: '2026-11-03T00:00:00Z',
  windowSize: 'DAY',
  data: [
    {
      value: 1530.5,
      valueExact: '1530.5',
      windowStart: '2026-11-01T00:00:00Z',
      windowEnd: '2026-11-02T00:00:00Z',
      subject: null,
      groupBy: { model: 'plover-small' },
    },
  ],
}
const ANSWER_CSV =
  'window_start,window_end,model,value\n2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,plover-small,1530.500000\n'

const path = { idOrSlug: { description: 'A meter’s id or slug.', example: 'tokens_total' } }
const queried = {
  status: 200,
  description: 'A row for each window and group that has usage, ascending. Windows are never cut to the range.',
  content: { 'application/json': { schema: MeterAnswer, example: ANSWER }, 'text/csv': csvOf(ANSWER_CSV) },
}
const QUERY_TEXT =
  'One meter’s value by window, subject and dimension. `from` is inclusive, `to` exclusive; days and months are those of `windowTimeZone`, right through changes of the clocks. `Accept: text/csv`, alone, gives CSV with six digits after the point; `valueExact` of the JSON has all of them.'

export const LIST_METERS: Operation = {
  ...{ id: 'listMeters', tag: 'Meters', access: 'key', summary: 'List the meters' },
  description: 'Every meter of the platform that is not archived, by slug.',
  answers: [
    {
      status: 200,
      description: 'The meters.',
      content: { 'application/json': { schema: z.array(Meter), example: [METER] } },
    },
  ],
  problems: [401, 403],
  curl: `-H "Authorization: Bearer $KEY" /api/v1/meters`,
}

export const GET_METER: Operation = {
  ...{ id: 'getMeter', tag: 'Meters', access: 'key', summary: 'Read one meter', path },
  description: 'Its newest version.',
  answers: [
    { status: 200, description: 'The meter.', content: { 'application/json': { schema: Meter, example: METER } } },
  ],
  problems: [400, 401, 403, 404],
  curl: `-H "Authorization: Bearer $KEY" /api/v1/meters/tokens_total`,
}

export const QUERY_METER: Operation = {
  ...{ id: 'queryMeter', tag: 'Meters', access: 'key', summary: 'Query a meter', path, description: QUERY_TEXT },
  query: MeterQueryInput,
  deepObjects: ['filterGroupBy'],
  answers: [queried],
  problems: [400, 401, 403, 404, 501],
  curl: `-H "Authorization: Bearer $KEY" "/api/v1/meters/tokens_total/query?windowSize=DAY&groupBy=model"`,
}

export const QUERY_METER_POST: Operation = {
  ...{ id: 'queryMeterPost', tag: 'Meters', access: 'key', summary: 'Query a meter, asked in a body', path },
  description: `${QUERY_TEXT} The body takes lists where an address repeats a name.`,
  body: {
    isRequired: false,
    content: {
      'application/json': {
        schema: MeterQueryInput,
        example: { windowSize: 'DAY', groupBy: ['model'], filterGroupBy: { model: ['plover-small', 'heron'] } },
      },
    },
  },
  answers: [queried],
  problems: [400, 401, 403, 404, 413, 415, 501],
  curl: `-H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"windowSize":"DAY"}' /api/v1/meters/tokens_total/query`,
}

export const LIST_SUBJECTS: Operation = {
  ...{ id: 'listMeterSubjects', tag: 'Meters', access: 'key', summary: 'List who used a meter', path },
  description: 'The distinct subjects of its usage, sorted. Without bounds: of all time.',
  query: NamesQuery,
  answers: [
    {
      status: 200,
      description: 'The subjects.',
      content: { 'application/json': { schema: z.array(z.string()), example: ['customer-1', 'customer-2'] } },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-H "Authorization: Bearer $KEY" /api/v1/meters/tokens_total/subjects`,
}

export const LIST_VALUES: Operation = {
  ...{ id: 'listMeterGroupByValues', tag: 'Meters', access: 'key', summary: 'List the values of a dimension' },
  description: 'Sorted; `""` stands for usage that has none. Without bounds: of the last 24 hours.',
  path: { ...path, key: { description: 'A dimension of the meter.', example: 'model' } },
  query: NamesQuery,
  answers: [
    {
      status: 200,
      description: 'The values.',
      content: { 'application/json': { schema: z.array(z.string()), example: ['heron', 'plover-small'] } },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-H "Authorization: Bearer $KEY" /api/v1/meters/tokens_total/group-by/model/values`,
}
