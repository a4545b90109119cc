import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { amountText, quantityText } from '@meterbook/core/rating'
import { type BilledUsage, type BillingTerm, composeStatement, type StatementLine } from '@meterbook/core/statement'
import type { Window } from '@meterbook/core/window'
import { type FrozenMoney, listStatements, readBillingTerms } from '@meterbook/db/postgres'
import type { CostTerm } from '../../features/cost/cost-view.ts'
import type { EventStores } from '../events/event-sight.ts'
import type { FrozenState } from '../usage/reading.ts'
import type { Money } from './space-money.ts'

/**
 * What was agreed and the rounding, of the months that end within the range: as issued, or as they would be if the month were closed with what is
 * measured now. Of a part of a space nothing: they are of whole statements.
 */
export async function readTerms(
  stores: EventStores,
  input: { money: Money; range: Window; isWhole: boolean; now: Instant; frozen?: FrozenState | undefined },
): Promise<CostTerm[]> {
  const { money, range, isWhole } = input
  if (!isWhole) return []
  const months = money.months.filter(({ period }) => period.start >= range.start && period.end <= range.end)
  if (months.length === 0) return []
  const { now, frozen } = input
  const statements = await listStatements(stores.pool, money.space.id)
  const known = statements.filter(({ ledgerSequence }) => !frozen || ledgerSequence <= frozen.ledgerSequence)
  const issued = new Map(known.map(({ period, statement }) => [period.start, statement]))
  const terms: CostTerm[] = []
  for (const month of months) {
    const statement = issued.get(month.period.start)
    const lines = statement?.lines ?? (await expectedLines(stores, { money, month, now, frozen }))
    for (const line of lines) {
      if ('app' in line) continue
      const text = line.kind === 'rounding' ? 'Rounding to the currency' : line.text
      terms.push({
        month: formatInstant(month.period.start),
        kind: line.kind,
        text,
        amount: line.amount,
        isExpected: statement === undefined,
      })
    }
  }
  return terms
}

async function expectedLines(
  stores: EventStores,
  input: { money: Money; month: Money['months'][number]; now: Instant; frozen: FrozenState | undefined },
): Promise<StatementLine[]> {
  const { money, month, now, frozen } = input
  if (month.period.start > now) return []
  const { period } = month
  const terms: BillingTerm[] = frozen?.money
    ? termsThen(frozen.money, period)
    : await readBillingTerms(stores.pool, { spaceId: money.space.id, period })
  const text = { start: formatInstant(period.start), end: formatInstant(period.end) }
  // where the usage of a correction is from makes no difference to what was agreed
  const before = { start: formatInstant(period.start - 1n), end: text.start }
  const billed: BilledUsage[] = []
  for (const cells of [month.posted.cells(), month.open]) {
    for (const { appId: app, capability, isExempt, sums } of cells) {
      const of = {
        kind: 'usage',
        app,
        capability,
        unit: '',
        isExempt,
        currency: money.space.currency,
        entries: 1,
      } as const
      if (sums.correction !== 0n)
        billed.push({ ...of, period: before, quantity: '0', amount: amountText(sums.correction) })
      else billed.push({ ...of, period: text, quantity: quantityText(sums.quantity), amount: amountText(sums.amount) })
    }
  }
  return composeStatement({ period: text, currency: money.space.currency, billed, terms }).lines
}

function termsThen({ terms }: FrozenMoney, period: Window): BillingTerm[] {
  return terms
    .filter(({ from, to }) => from < period.end && (to === null || to > period.start))
    .map(({ from: _, to: __, ...term }) => term)
}
