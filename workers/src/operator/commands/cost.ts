import { addDecimals, compareDecimals } from '@meterbook/core/kernel'
import { listAppSlugs } from '@meterbook/db/postgres'
import { type Command, EXIT, UsageFault } from '../command.ts'
import { readMonthStatement } from '../month-statement.ts'
import { textTable } from '../text-table.ts'

const BY = ['app', 'capability', 'app,capability']

export const cost: Command = {
  name: 'cost',
  summary: 'what a month costs a space, by app and capability',
  help: `npm run meterbook -- cost --space SLUG [--month YYYY-MM] [--by app|capability|app,capability] [--json]

Adds up the lines of a month's statement, the dearest first; what belongs to no app (discounts, minimums, credits, rounding) stands by its kind.
The lines add up to the total, exactly. While the month is open it is what is posted so far.

  --space SLUG     the developer space (slug or id)
  --month YYYY-MM  the month, in the space's billing zone (default: the present one)
  --by WHAT        app, capability, or app,capability (default: app)
  --json           one JSON object, amounts as decimal strings
  --help           these lines

Exit: 0 it is printed, 2 it could not be told.`,
  options: { space: { type: 'string' }, month: { type: 'string' }, by: { type: 'string' } },
  async run(context, values) {
    const by = String(values.by ?? 'app')
    if (!BY.includes(by))
      throw new UsageFault(`expected --by to be one of ${BY.join(' | ')}, found ${JSON.stringify(by)}`)
    const read = await readMonthStatement(context, values)
    const { lines, currency, total } = read.statement
    const slugs = await listAppSlugs(context.stores().pool)
    const sums = new Map<string, string>()
    for (const line of lines) {
      const parts = {
        app: 'app' in line ? (slugs.get(line.app) ?? line.app) : '',
        capability: 'capability' in line ? line.capability : '',
      }
      const name =
        'app' in line
          ? by
              .split(',')
              .map((part) => parts[part as keyof typeof parts])
              .join(' ')
          : line.kind
      sums.set(name, addDecimals(sums.get(name) ?? '0', line.amount))
    }
    const rows = [...sums]
      .map(([name, amount]) => ({ name, amount }))
      .sort((a, b) => compareDecimals(b.amount, a.amount))
    const head = { space: read.space.slug, month: read.month, state: read.state, currency }
    if (context.isJson) context.print(JSON.stringify({ ok: true, ...head, by, rows, total }))
    else {
      const table = textTable([by, currency], [...rows.map(({ name, amount }) => [name, amount]), ['total', total]])
      for (const line of [
        `${head.space}, ${head.month}, ${head.state === 'open' ? 'posted so far' : 'as issued'}`,
        '',
        ...table,
      ])
        context.print(line)
    }
    return EXIT.well
  },
}
