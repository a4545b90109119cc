import { z } from 'zod'
import { csvOf, DecimalOut, InstantOut, type Operation } from '../operation.ts'
import { UsageQuery } from '../usage-question.ts'

const UsageRow = z
  .object({
    day: z.iso.date().meta({ description: 'The day in the zone asked for.' }),
    windowStart: InstantOut,
    windowEnd: InstantOut,
    app: z.string(),
    capability: z.string(),
    meter: z.string(),
    unit: z.string(),
    environment: z.string(),
    installation: z.string().nullable(),
    quantity: DecimalOut.meta({ description: 'In `unit`: an exact decimal number as text.' }),
    state: z.enum(['open', 'settling', 'final', 'unavailable', 'ahead', 'amended', 'empty']).meta({
      description:
        'Whether the day may still change: open, settling (late usage is still counted into it), final; or unavailable while counting is behind.',
    }),
  })
  .meta({ id: 'UsageRow' })

const UsageAnswer = z
  .object({
    from: InstantOut,
    to: InstantOut,
    windowTimeZone: z.string(),
    data: z.array(UsageRow),
    next: z.string().nullable().meta({ description: 'The path of the next page; null: that was all.' }),
  })
  .meta({ id: 'UsageAnswer' })

const ROW = {
  day: '2026-11-01',
  windowStart: '2026-11-01T00:00:00Z',
  windowEnd: '2026-11-02T00:00:00Z',
  app: 'sprint-radar',
  capability: 'functions.duration',
  meter: 'functions_duration',
  unit: 'GB-s',
  environment: 'production',
  installation: null,
  quantity: '8123.4567890123456789',
  state: 'final',
}

export const READ_USAGE: Operation = {
  ...{ id: 'readUsage', tag: 'Usage', access: 'key or session', summary: 'Read daily usage' },
  description:
    'What was used, day by day, by app, capability, meter, environment and installation. An app’s key reads its app; a platform service’s key names `app` or `space`; a person who signed in names `space`. Days without usage have no row. The distinct values of a UNIQUE_COUNT are those of the row alone and do not add up over rows. `Accept: text/csv`, alone, gives the same rows as CSV.',
  query: UsageQuery,
  answers: [
    {
      status: 200,
      description:
        'A page of rows, ascending by day, then app, meter, environment and installation. A page keeps its place for as long as you like: usage that arrives later moves nothing.',
      headers: { Link: 'Where there is more: the next page, with `rel="next"`.' },
      content: {
        'application/json': {
          schema: UsageAnswer,
          example: {
            from: '2026-11-01T00:00:00Z',
            to: '2026-12-01T00:00:00Z',
            windowTimeZone: 'UTC',
            data: [ROW],
            next: null,
          },
        },
        'text/csv': csvOf(
          'day,window_start,window_end,app,capability,meter,environment,installation,quantity,unit,x_bucket_state\r\n2026-11-01,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,sprint-radar,functions.duration,functions_duration,production,,8123.4567890123456789,GB-s,final\r\n',
        ),
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-H "Authorization: Bearer $KEY" "/api/v1/usage?from=2026-11-01&to=2026-12-01"`,
}
