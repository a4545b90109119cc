import { formatInstant, instantFromMs } from '@meterbook/core/kernel'
import { WINDOW_SIZES, type WindowSize } from '@meterbook/core/window'
import { type MeterQuery, queryMeter } from '@meterbook/db/clickhouse/usage-query'
import { listAppSlugs, listMeters } from '@meterbook/db/postgres'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import {
  printable,
  readAppOption,
  readInstantOption,
  readSpaceOption,
  readZoneOption,
  secondOf,
} from '../read-options.ts'
import { textTable } from '../text-table.ts'

export const usage: Command = {
  name: 'usage',
  summary: "a meter's usage of an app or a space, by window and group",
  help: `npm run meterbook -- usage --meter SLUG (--app APP | --space SLUG) [--from T] [--to T] [--window SIZE] [--zone ZONE]
                             [--by NAME]… [--environment E]… [--json]

The same quantities, to the last digit, as the portal and the public interface show. Windows and groups without usage have no line.

  --meter SLUG     the meter
  --app APP        usage of this app (slug or id), whoever paid for it; or
  --space SLUG     what this developer space pays for, by app
  --from T, --to T the range, [from, to): RFC 3339, or a date for midnight UTC; without them all there is
  --window SIZE    minute, quarter (of an hour), hour, day, week or month; without it one line for the whole range
  --zone ZONE      in which days and months begin (default: UTC)
  --by NAME        a dimension of the meter, or subject; several times for several
  --environment E  only this one; several times for several
  --json           one JSON object, quantities as decimal strings
  --help           these lines

Exit: 0 it is printed, 2 it could not be told.`,
  options: {
    meter: { type: 'string' },
    app: { type: 'string' },
    space: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    window: { type: 'string' },
    zone: { type: 'string' },
    by: { type: 'string', multiple: true },
    environment: { type: 'string', multiple: true },
  },
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const { pool, clickhouse } = context.stores()
  const [meters, slugs] = await Promise.all([listMeters(pool), listAppSlugs(pool)])
  const meter = meters.find(({ slug }) => slug === values.meter)
  if (meter === undefined) {
    const known = meters.map(({ slug }) => slug).join(', ')
    throw new UsageFault(`expected --meter to be one of ${known}, found ${JSON.stringify(values.meter ?? null)}`)
  }
  const by = textsOf(values.by)
  const unknownGroup = by.find((name) => name !== 'subject' && !(name in meter.groupBy))
  if (unknownGroup !== undefined) {
    const known = ['subject', ...Object.keys(meter.groupBy)].join(', ')
    throw new UsageFault(`expected --by to be one of ${known}, found ${JSON.stringify(unknownGroup)}`)
  }
  const query: MeterQuery = {
    scope: await scopeOf(context, values),
    meter: {
      slug: meter.slug,
      aggregation: meter.aggregation,
      percentile: meter.percentile,
      divisors: new Map(meter.versions.map(({ version, divisor }) => [version, divisor])),
    },
    from: readInstantOption('--from', values.from),
    to: readInstantOption('--to', values.to),
    windowSize: windowOf(values.window),
    zone: readZoneOption(values.zone),
    subjects: undefined,
    isBySubject: by.includes('subject'),
    isByApp: true,
    groupBy: by.filter((name) => name !== 'subject'),
    filters: [],
    through: instantFromMs(Date.now()),
  }
  const rows = (await queryMeter(clickhouse, query)).map((row) => ({
    from: row.windowStart,
    to: row.windowEnd,
    app: slugs.get(row.appId ?? '') ?? row.appId ?? '',
    groups: { ...(query.isBySubject && { subject: row.subject ?? '' }), ...row.groups },
    value: row.value,
  }))
  if (context.isJson) {
    const texts = rows.map((row) => ({ ...row, from: formatInstant(row.from), to: formatInstant(row.to) }))
    context.print(JSON.stringify({ ok: true, meter: meter.slug, unit: meter.unit, zone: query.zone, rows: texts }))
    return EXIT.well
  }
  const head = ['from', 'to', 'app', ...by, meter.unit]
  const cells = rows.map(({ from, to, app, groups, value }) => [
    ...[secondOf(from), secondOf(to), app],
    ...by.map((name) => printable((groups as Record<string, string>)[name] ?? '')),
    value,
  ])
  for (const line of rows.length === 0 ? ['no usage'] : textTable(head, cells)) context.print(line)
  return EXIT.well
}

async function scopeOf({ stores }: CommandContext, values: Record<string, unknown>): Promise<MeterQuery['scope']> {
  const { pool } = stores()
  const [app, space] = await Promise.all([readAppOption(pool, values.app), readSpaceOption(pool, values.space)])
  if ((app === null) === (space === null)) throw new UsageFault('expected --app APP or --space SLUG')
  const environments = textsOf(values.environment)
  return {
    appIds: app === null ? null : [app.id],
    spaceId: space?.id ?? null,
    environments: environments.length === 0 ? null : environments,
  }
}

function windowOf(value: unknown): WindowSize | undefined {
  if (value === undefined) return undefined
  const size = WINDOW_SIZES.find((each) => each === value)
  if (size !== undefined) return size
  throw new UsageFault(`expected --window to be one of ${WINDOW_SIZES.join(', ')}, found ${JSON.stringify(value)}`)
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
