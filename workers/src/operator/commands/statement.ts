import type { StatementLine } from '@meterbook/core/statement'
import { listAppSlugs } from '@meterbook/db/postgres'
import { type Command, EXIT } from '../command.ts'
import { type MonthStatement, readMonthStatement } from '../month-statement.ts'
import { printable } from '../read-options.ts'
import { textTable } from '../text-table.ts'

export const statement: Command = {
  name: 'statement',
  summary: "a month's statement, line by line, as issued or as it stands",
  help: `npm run meterbook -- statement --space SLUG [--month YYYY-MM] [--json]

Prints the lines of a month's statement: as it was issued, or, while it is open, of what is posted so far. What is measured and not posted yet is not
in it; the portal shows that apart. Amounts are exact until the last line, which rounds once.

  --space SLUG     the developer space (slug or id)
  --month YYYY-MM  the month, in the space's billing zone (default: the present one)
  --json           one JSON object, amounts and quantities as decimal strings
  --help           these lines

Exit: 0 it is printed, 2 it could not be told.`,
  options: { space: { type: 'string' }, month: { type: 'string' } },
  async run(context, values) {
    const read = await readMonthStatement(context, values)
    const slugs = await listAppSlugs(context.stores().pool)
    const nameOf = (app: string) => slugs.get(app) ?? app
    if (context.isJson) context.print(JSON.stringify(jsonOf(read, nameOf)))
    else for (const line of inWords(read, nameOf)) context.print(line)
    return EXIT.well
  },
}

function jsonOf(
  { id, space, month, state, issuedAt, statement: issued }: MonthStatement,
  nameOf: (app: string) => string,
) {
  const lines = issued.lines.map((line) => ('app' in line ? { ...line, app: nameOf(line.app), appId: line.app } : line))
  return { ok: true, id, space: space.slug, month, state, issuedAt, ...issued, lines }
}

function inWords(read: MonthStatement, nameOf: (app: string) => string): string[] {
  const { id, space, state, issuedAt, statement: issued } = read
  const rows = issued.lines.map((line) => rowOf(line, nameOf))
  return [
    `${id}: ${printable(space.name)}, ${state === 'issued' ? `issued ${issuedAt}` : 'open, of what is posted so far'}`,
    '',
    ...(rows.length === 0
      ? ['no lines']
      : textTable(['line', 'app', 'capability', 'quantity', 'unit', issued.currency], rows)),
    '',
    `exact ${issued.exactTotal} ${issued.currency}, to pay ${issued.total} ${issued.currency}`,
  ]
}

function rowOf(line: StatementLine, nameOf: (app: string) => string): string[] {
  if (line.kind === 'rounding') return ['rounding', '', '', '', '', line.amount]
  if (!('app' in line)) return [line.kind, printable(line.text), '', '', '', line.amount]
  const kind = line.kind === 'correction' ? `correction of ${line.period.start.slice(0, 7)}` : line.kind
  return [kind, nameOf(line.app), line.capability, line.quantity, line.unit, line.amount]
}
