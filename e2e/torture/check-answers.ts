import { createClickHouse } from '@meterbook/db/clickhouse'
import { queryMeter } from '@meterbook/db/clickhouse/usage-query'
import { compare } from './compare.ts'
import type { Findings } from './findings.ts'
import { DAY, windowOf } from './local-time.ts'
import type { TruthMeter } from './measures.ts'
import { aggregated, type Fact, levelsByWindow, valuesByWindow, type Windows } from './totals.ts'
import type { TruthEvent } from './truth.ts'
import type { TruthApp, World } from './world.ts'

/** Kathmandu is 5:45 ahead; in New York the clocks went back within the run's range. */
const ZONES = ['Asia/Kathmandu', 'America/New_York'] as const
const ASKED_AT_ONCE = 4
const EVERY_WINDOW: readonly (Windows | null)[] = [
  null,
  ...ZONES.flatMap((zone) => (['hour', 'day', 'month'] as const).map((size) => ({ size, zone }))),
]
const SOME_WINDOWS: readonly (Windows | null)[] = [
  null,
  { size: 'hour', zone: ZONES[0] },
  { size: 'day', zone: ZONES[1] },
]

interface Question {
  meter: TruthMeter
  facts: readonly Fact[]
  windows: Windows | null
  from: bigint
  to: bigint
  reports: (fact: Fact) => boolean
}

/** Asks for every meter of every app as the app would, and over all apps and each space as the house does; all must be the ground truth. */
export async function checkAnswers(input: {
  world: World
  url: string
  clickhouseUrl: string
  truth: readonly TruthEvent[]
  findings: Findings
  /** Every app and window; otherwise the run's own apps, and a window of each size. */
  isThorough: boolean
}): Promise<number> {
  const { world, truth, isThorough } = input
  const apps = isThorough ? world.apps : world.apps.filter(({ slug }) => slug.startsWith('torture-'))
  const asks: (() => Promise<void>)[] = []
  for (const meter of world.meters) {
    const facts = truth.flatMap((event) =>
      event.records.filter((record) => record.meter === meter).map((record) => ({ event, record })),
    )
    for (const windows of isThorough ? EVERY_WINDOW : SOME_WINDOWS) {
      const range = rangeOf(world, meter)
      for (const app of apps) {
        const own = facts.filter(({ event }) => event.writing.app === app)
        asks.push(() =>
          askApp({ ...input, app, question: { meter, windows, ...range, facts: own, reports: () => true } }),
        )
      }
      if (windows?.size === 'hour') continue
      for (const spaceId of [null, ...world.spaceIds]) {
        const reports = ({ event }: Fact) => spaceId === null || event.spaceId === spaceId
        asks.push(() => askHouse({ ...input, spaceId, question: { meter, windows, ...range, facts, reports } }))
      }
    }
  }
  await Promise.all(
    Array.from({ length: ASKED_AT_ONCE }, async (_, first) => {
      for (let index = first; index < asks.length; index += ASKED_AT_ONCE) await asks[index]?.()
    }),
  )
  return asks.length
}

/** Levels hold until now, whenever that is: they are asked up to a moment that has passed. */
function rangeOf(world: World, { aggregation }: TruthMeter): { from: bigint; to: bigint } {
  const from = world.now - 40n * DAY
  return { from, to: aggregation === 'TIME_WEIGHTED' ? world.now - DAY / 2n : world.now + 40n * DAY }
}

/** By window start; over the whole range under the key "total". */
function expectedOf({ meter, facts, windows, from, to, reports }: Question): Map<string, string> {
  const whole = (value: string | null) => new Map(value === null ? [] : [['total', value]])
  if (meter.aggregation === 'TIME_WEIGHTED') {
    const levels = levelsByWindow({ facts, from, to, windows, reports })
    return windows ? levels : whole([...levels.values()][0] ?? null)
  }
  const counted = facts.filter((fact) => reports(fact) && fact.event.at >= from && fact.event.at < to)
  return windows ? valuesByWindow(meter, counted, windows) : whole(aggregated(meter, counted))
}

async function askApp(input: { url: string; app: TruthApp; question: Question; findings: Findings }): Promise<void> {
  const { url, app, question, findings } = input
  const { meter, windows, from, to } = question
  const search = new URLSearchParams({ from: isoOf(from), to: isoOf(to) })
  if (windows) search.set('windowSize', windows.size.toUpperCase())
  if (windows) search.set('windowTimeZone', windows.zone)
  const answer = await fetch(`${url}/api/v1/meters/${meter.slug}/query?${search}`, {
    // Comparing may take longer than a server leaves an idle connection open: one that is kept would be closed under the next question.
    headers: { authorization: `Bearer ${app.key}`, connection: 'close' },
  })
  const name = `${app.slug} ${meter.slug} ${windows ? `${windows.size} ${windows.zone}` : ''}`
  if (answer.status !== 200) {
    findings.add('a query that is not answered', `${name}: ${answer.status} ${await answer.text()}`)
    return
  }
  const { data } = (await answer.json()) as { data: { windowStart: string; windowEnd: string; valueExact: string }[] }
  for (const row of data)
    checkBounds({ name, windows, start: microsOf(row.windowStart), end: microsOf(row.windowEnd), findings })
  compare(`answer to an app: ${meter.aggregation}`, {
    findings,
    expected: named(name, expectedOf(question)),
    found: data.map((row) => [`${name} ${windows ? microsOf(row.windowStart) : 'total'}`, row.valueExact]),
  })
}

async function askHouse(input: {
  clickhouseUrl: string
  spaceId: string | null
  question: Question
  findings: Findings
}): Promise<void> {
  const { spaceId, question, findings } = input
  const { meter, windows, from, to } = question
  const client = createClickHouse(input.clickhouseUrl)
  try {
    const rows = await queryMeter(client, {
      scope: { appIds: null, spaceId, environments: null },
      meter: {
        slug: meter.slug,
        aggregation: meter.aggregation,
        percentile: meter.percent === undefined ? null : String(meter.percent / 100),
        divisors: new Map(meter.versions.map(({ version, divisor }) => [version, String(divisor)])),
      },
      from,
      to,
      windowSize: windows?.size,
      zone: windows?.zone ?? 'UTC',
      subjects: undefined,
      isBySubject: false,
      groupBy: [],
      filters: [],
      through: BigInt(Date.now()) * 1000n,
    })
    const name = `${spaceId ?? 'all'} ${meter.slug} ${windows ? `${windows.size} ${windows.zone}` : ''}`
    const expected = expectedOf(question)
    // "a count of nothing is 0" is said at the public door only
    if (rows.length === 0 && expected.get('total') === '0') expected.clear()
    compare(`consolidated: ${meter.aggregation}`, {
      findings,
      expected: named(name, expected),
      found: rows.map((row) => [`${name} ${windows ? row.windowStart : 'total'}`, row.value]),
    })
  } finally {
    await client.close()
  }
}

function checkBounds(input: {
  name: string
  windows: Windows | null
  start: bigint
  end: bigint
  findings: Findings
}): void {
  const { name, windows, start, end, findings } = input
  if (!windows) return
  const of = (at: bigint) => windowOf(at, windows.size, windows.zone)
  if (of(start) !== start || of(end) !== end || of(end - 1n) !== start)
    findings.add('a window with wrong bounds', `${name} ${start} to ${end}`)
}

function named(name: string, values: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...values].map(([key, value]) => [`${name} ${key}`, value]))
}

function isoOf(at: bigint): string {
  return new Date(Number(at / 1000n)).toISOString()
}

function microsOf(text: string): bigint {
  return BigInt(Date.parse(text)) * 1000n
}
