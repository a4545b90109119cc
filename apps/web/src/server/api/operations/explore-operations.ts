import { z } from 'zod'
import { ExploreQuery } from '../explore-question.ts'
import { csvOf, DecimalOut, InstantOut, type Operation } from '../operation.ts'

const Money = z
  .looseObject({
    quantity: DecimalOut.nullable(),
    billable: DecimalOut.nullable(),
    list: DecimalOut,
    allowance: DecimalOut,
    correction: DecimalOut,
    net: DecimalOut,
    isProvisional: z.boolean().meta({ description: 'Some of it is rated and not posted yet.' }),
  })
  .meta({ id: 'ExploreMoney', description: '`list` − `allowance` + `correction` = `net`.' })

const figures = {
  total: DecimalOut.nullable(),
  previous: DecimalOut.nullable().meta({ description: 'The same of the stretch compared with.' }),
  values: z.array(DecimalOut.nullable()).meta({ description: 'One for each window; null: not counted, never zero.' }),
  money: Money.nullable().meta({ description: 'null: not for you to see, or it cannot be told of this row.' }),
}

const row = {
  ...figures,
  keys: z.array(z.string()).meta({ description: 'As filters name them, from the outer level to the inner one.' }),
  name: z.string(),
  unit: z.string().nullable(),
}

const ExploreRow = z
  .looseObject({ ...row, children: z.array(z.looseObject(row)) })
  .meta({ id: 'ExploreRow', description: 'Σ `children` = the row, where quantities add up.' })

const ExploreAnswer = z
  .looseObject({
    kind: z.enum(['usage', 'cost']),
    unit: z.string().meta({ description: 'Of every figure: the meter’s unit, or a currency.' }),
    period: z.looseObject({ from: InstantOut, to: InstantOut, zone: z.string(), granularity: z.string() }),
    windows: z.array(
      z.looseObject({
        start: InstantOut,
        end: InstantOut,
        state: z.enum(['open', 'settling', 'final', 'unavailable', 'ahead']).meta({
          description:
            'Whether the bucket may still change: open, settling (late usage still counts), final; `ahead` has not begun; `unavailable` while counting is behind.',
        }),
        before: DecimalOut.nullable().meta({ description: 'Money: what it came to before it was amended.' }),
      }),
    ),
    marks: z.array(z.looseObject({ at: InstantOut, kind: z.enum(['price', 'month']), text: z.string() })).meta({
      description: 'Money: where another price takes over, and where a billing month begins.',
    }),
    by: z.array(z.string()),
    isAdditive: z.boolean().meta({ description: 'False: distinct values and peaks do not add up over rows.' }),
    total: z.looseObject(figures),
    rows: z.array(ExploreRow).meta({ description: 'All of them, the largest first.' }),
    unavailable: z.string().nullable().meta({ description: 'Why some of it could not be told now; null: it was.' }),
  })
  .meta({ id: 'ExploreAnswer' })

const WINDOW = { start: '2026-10-01T00:00:00.000Z', end: '2026-10-02T00:00:00.000Z', state: 'final', before: null }
const PERIOD = { from: WINDOW.start, to: WINDOW.end, zone: 'UTC', granularity: 'day' }

const MONEY = {
  ...{ quantity: '8123.5', billable: '7123.5', list: '0.2030875', allowance: '0.025', correction: '0' },
  ...{ net: '0.1780875', isProvisional: false },
}

function exampleOf(kind: 'usage' | 'cost') {
  const total = kind === 'cost' ? MONEY.net : MONEY.quantity
  const of = { total, previous: null, values: [total], money: MONEY }
  const unit = kind === 'cost' ? 'USD' : 'GB-s'
  return {
    ...{ kind, unit, period: PERIOD, windows: [WINDOW], marks: [], by: ['app'], isAdditive: true, total: of },
    rows: [{ ...of, keys: ['sprint-radar'], name: 'Sprint Radar', unit, children: [] }],
    unavailable: null,
  }
}

const STATES = 'A bucket that has not begun has no record; one that is not counted yet has an empty cell, never a zero.'

function answersOf(kind: 'usage' | 'cost') {
  const bucket = `sprint-radar,Sprint Radar,${WINDOW.start},${WINDOW.end},UTC`
  const csv =
    kind === 'cost'
      ? `app,app_name,window_start,window_end,time_zone,net_USD,x_bucket_state,x_amended_from,x_marks\r\n${bucket},0.1780875,final,,\r\n`
      : `app,app_name,window_start,window_end,time_zone,quantity_GB-s,x_bucket_state\r\n${bucket},8123.5,final\r\n`
  return [
    {
      status: 200,
      description: `The view. As CSV, one record for each innermost row and bucket, its state in \`x_bucket_state\`. ${STATES}`,
      content: {
        'application/json': { schema: ExploreAnswer, example: exampleOf(kind) },
        'text/csv': csvOf(csv),
      },
    },
  ]
}

const SAME =
  'The parameters are those of the page’s address, so that a view and its data have one question. CSV with `Accept: text/csv`, alone, or with `format=csv`.'

export const EXPLORE_USAGE: Operation = {
  ...{ id: 'exploreUsage', tag: 'Usage', access: 'session', summary: 'Read what the usage explorer shows' },
  description: `One meter over time, split by up to two dimensions, narrowed and compared, with every digit. ${SAME} For a person who signed in to the portal, of the apps they see; the money beside it for those who may see the cost of the space.`,
  query: ExploreQuery,
  answers: answersOf('usage'),
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" "/api/v1/explore/usage?space=atlas&month=2026-10&m=functions_duration&by=app"`,
}

export const EXPLORE_COST: Operation = {
  ...{ id: 'exploreCost', tag: 'Usage', access: 'session', summary: 'Read what the cost explorer shows' },
  description: `Money over time: what is posted as the ledger has it, to the last digit, and what is measured and not posted as it will be. ${SAME} For a person who signed in to the portal and may see the cost of the space; a key reads no money.`,
  query: ExploreQuery,
  answers: answersOf('cost'),
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" "/api/v1/explore/cost?space=atlas&month=2026-10&by=app,capability"`,
}
