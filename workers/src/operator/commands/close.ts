import { formatInstant, instantFromMs } from '@meterbook/core/kernel'
import { periodOfMonth, statementId } from '@meterbook/core/statement'
import { countHeldEvents } from '@meterbook/db/held-events'
import { type BilledSpace, type ClosingOutcome, closeStatement, findBilledSpace } from '@meterbook/db/postgres'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { textTable } from '../text-table.ts'

const REASON_CHARACTERS_MAX = 2_000
/** Whoever has the operator's command line; the portal's people have names. */
const ACTOR = { id: 'operator', name: 'operator' }

export const closeCommand: Command = {
  name: 'close',
  summary: "issue a month's statement, once its checklist holds",
  help: `npm run meterbook -- close --space SLUG --month YYYY-MM [--waive REASON] [--dry-run] [--json]

Prints the checklist of a month of a developer space, by its billing zone, and issues its statement if every point holds: the month
is over, all of it is settled, no difference is open, nothing of it is held. It is all or nothing, and closed twice is closed once.
The statement never moves afterwards: usage that comes later is a correction in the next one.

  --space SLUG     the developer space (slug or id)
  --month YYYY-MM  the month
  --waive REASON   close it although events of the month are held; the reason is kept with the statement
  --dry-run        show the checklist and what the statement would come to, and write nothing
  --json           one JSON object
  --help           these lines

Exit: 0 it is closed (with --dry-run: it could be), 1 the checklist does not hold, 2 it could not be told.`,
  options: {
    space: { type: 'string' },
    month: { type: 'string' },
    waive: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const { space: slug, month, waive } = values
  if (typeof slug !== 'string' || typeof month !== 'string') {
    throw new UsageFault('expected --space SLUG and --month YYYY-MM')
  }
  const stores = context.stores()
  const space = await findBilledSpace(stores.pool, slug)
  if (space === null)
    throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(slug)}`)
  const period = periodOfMonth(month, space.billingZone)
  if (period === null) throw new UsageFault(`expected a month as 2026-10, found ${JSON.stringify(month)}`)
  const outcome = await closeStatement(stores.pool, {
    space,
    period,
    held: await countHeldEvents(stores, { spaceId: space.id, period }),
    asOf: instantFromMs(Date.now()),
    actor: ACTOR,
    waiverReason: readReason(waive),
    isTrial: values['dry-run'] === true,
  })
  const id = outcome.stored?.id ?? statementId({ period, slug: space.slug })
  if (context.isJson) context.print(JSON.stringify(jsonOf(outcome, { id, space })))
  else for (const line of inWords(outcome, id)) context.print(line)
  return outcome.outcome === 'refused' ? EXIT.wrong : EXIT.well
}

function readReason(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const reason = String(value).trim()
  if (reason !== '' && reason.length <= REASON_CHARACTERS_MAX) return reason
  throw new UsageFault(`expected a reason of 1 to ${REASON_CHARACTERS_MAX} characters after --waive`)
}

function jsonOf({ outcome, checklist, statement, stored }: ClosingOutcome, of: { id: string; space: BilledSpace }) {
  return {
    ok: outcome !== 'refused',
    outcome,
    statement: of.id,
    space: of.space.slug,
    period: statement.period,
    currency: statement.currency,
    exactTotal: statement.exactTotal,
    total: statement.total,
    lines: statement.lines.length,
    checklist,
    closedAt: stored === null ? null : formatInstant(stored.closedAt),
    ledgerSequence: stored?.ledgerSequence.toString() ?? null,
  }
}

function inWords({ outcome, checklist, statement, stored }: ClosingOutcome, id: string): string[] {
  const rows = checklist.map(({ key, state, text }) => [state, key, text])
  return [...textTable(['', 'item', 'what'], rows), '', lastWord()]

  function lastWord(): string {
    const total = `${statement.total} ${statement.currency} in ${statement.lines.length} lines`
    if (stored !== null) {
      const at = `at ${formatInstant(stored.closedAt)}, ledger entry ${stored.ledgerSequence}`
      return `${id}: ${outcome === 'closed' ? 'closed' : 'closed before,'} ${at}: ${total}`
    }
    return outcome === 'ready' ? `${id}: would be closed with ${total}` : `${id}: not closed; it stands at ${total}`
  }
}
