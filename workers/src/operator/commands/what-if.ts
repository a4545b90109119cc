import { addDecimals, formatInstant } from '@meterbook/core/kernel'
import { periodOfMonth } from '@meterbook/core/statement'
import { findBilledSpace, listAppSlugs, listClosedPeriods, readRatingFacts } from '@meterbook/db/postgres'
import { BillingFacts } from '@meterbook/db/settlement'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { textTable } from '../text-table.ts'
import { type WhatIfRow, whatIfMonth } from './what-if-month.ts'
import { type DraftPrices, readDraftPrices } from './what-if-prices.ts'

export const whatIfCommand: Command = {
  name: 'what-if',
  summary: 'what a month would have cost under a draft price list',
  help: `npm run meterbook -- what-if --space SLUG --month YYYY-MM --prices FILE [--json]

Rates what is posted of a month of a developer space, closed or open, once more under a draft, and prints for each app and capability
what it costs, what it would have cost, and the difference, exactly. Nothing is written.

The draft is JSON in the form of a price book: {"capabilities": [{"key": "kvs.reads", "versions": [{"effectiveFrom":
"2026-01-01T00:00:00Z", "allowance": "0.1", "price": "0.05", "per": "1"}]}]}; a version may have "packaging" and "tiers". A capability
that it does not list keeps its prices. It applies whenever the space is subscribed to a book, from the effectiveFrom of its versions on.
Discounts, credits, minimums and the rounding of a statement are not in it.

  --space SLUG     the developer space (slug or id)
  --month YYYY-MM  the month, by the space's billing zone
  --prices FILE    the draft
  --json           one JSON object, with the parts that make each difference
  --help           these lines

Exit: 0 here it is, 2 it could not be told.`,
  options: { space: { type: 'string' }, month: { type: 'string' }, prices: { type: 'string' } },
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const { space: slug, month, prices: file } = values
  if (typeof slug !== 'string' || typeof month !== 'string' || typeof file !== 'string') {
    throw new UsageFault('expected --space SLUG, --month YYYY-MM and --prices FILE')
  }
  const draft = readDraftPrices(file)
  const { pool } = context.stores()
  const facts = new BillingFacts(await readRatingFacts(pool))
  const found = await findBilledSpace(pool, slug)
  const space = found === null ? null : facts.space(found.id)
  if (space === null)
    throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(slug)}`)
  const period = periodOfMonth(month, space.billingZone)
  if (period === null) throw new UsageFault(`expected a month as 2026-10, found ${JSON.stringify(month)}`)
  mustFit(draft, facts)
  const rows = await whatIfMonth(pool, { facts, space, period, draft })
  const isClosed = (await listClosedPeriods(pool, space.id)).includes(period.start)
  const slugs = await listAppSlugs(pool)
  const report: Report = {
    space: space.slug,
    period: { start: formatInstant(period.start), end: formatInstant(period.end) },
    isClosed,
    currency: space.currency,
    rows: rows.map(({ appId, ...row }) => ({ app: slugs.get(appId) ?? appId, appId, ...row })),
    total: {
      actual: sumOf(rows, 'actual'),
      draft: sumOf(rows, 'draft'),
      difference: sumOf(rows, 'difference'),
      posted: sumOf(rows, 'posted'),
    },
  }
  if (context.isJson) context.print(JSON.stringify({ ok: true, ...report }))
  else for (const line of inWords(report)) context.print(line)
  return EXIT.well
}

interface Report {
  space: string
  period: { start: string; end: string }
  isClosed: boolean
  currency: string
  rows: (WhatIfRow & { app: string })[]
  total: Record<Amounts, string>
}

type Amounts = 'actual' | 'draft' | 'difference' | 'posted'

/** A price for something that nobody measures, or by another unit, would be a difference that is not meant. */
function mustFit(draft: DraftPrices, facts: BillingFacts): void {
  const known = facts.pricedCapabilities()
  for (const [key, { unit }] of draft) {
    if (!known.includes(key)) {
      const list = known.sort().join(', ')
      throw new UsageFault(`capabilities: expected one that has a price (${list}), found ${JSON.stringify(key)}`)
    }
    const expected = facts.unitOf(key)
    if (unit !== undefined && expected !== '' && unit !== expected) {
      throw new UsageFault(`capabilities ${key}, unit: expected ${expected}, found ${unit}`)
    }
  }
}

function sumOf(rows: readonly WhatIfRow[], which: Amounts): string {
  return rows.reduce((sum, row) => addDecimals(sum, row[which]), '0')
}

function inWords({ space, period, isClosed, currency, rows, total }: Report): string[] {
  const state = isClosed ? 'closed' : 'open: what is posted of it so far'
  const head = `${space}, ${period.start} to ${period.end} (${state}), in ${currency}`
  if (rows.length === 0) return [head, '', 'nothing is posted of this month']
  const columns = ['app', 'capability', 'quantity', 'unit', 'actual', 'draft', 'difference']
  const cells = rows.map((row) => [
    ...[row.app, row.capabilityKey, row.quantity, row.unit, row.actual, row.draft, row.difference],
  ])
  const sums = ['total', '', '', '', total.actual, total.draft, total.difference]
  const isRerated = total.posted !== total.actual
  return [
    ...[head, '', ...textTable(columns, [...cells, sums])],
    ...(isRerated ? ['', `the ledger has ${total.posted}: prices were added that are not posted yet`] : []),
  ]
}
