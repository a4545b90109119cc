import { fromScaled, QUANTITY_SCALE } from '../kernel/index.ts'
import { AMOUNT_SCALE, amountText, scaledOf } from '../rating/index.ts'
import { addRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'
import { applyTerms } from './apply-terms.ts'
import type { Billed, BilledUsage } from './billed-sums.ts'
import { minorDigitsOf } from './minor-digits.ts'
import { minus, NOTHING, roundedText } from './money.ts'
import type { BillingTerm, PeriodText, Statement, StatementLine, TermLine, UsageLine } from './statement-line.ts'

/**
 * The statement of one month, from everything that is billed in it, in any order, read once. `terms`: those in force, while the month is not closed; of
 * a closed one they are among the entries. The lines, rounding included, add up to `total`, to the last digit; a rounding of nothing has no line.
 *
 * Throws RangeError for an amount in another currency, and for terms beside entries that show that terms were posted.
 */
export function composeStatement(input: {
  period: PeriodText
  currency: string
  billed: Iterable<Billed>
  terms: readonly BillingTerm[]
}): Statement {
  const { period, currency } = input
  const sums = sumUp(input)
  if (input.terms.length > 0 && (sums.terms.length > 0 || sums.rounding !== null)) {
    throw new RangeError('expected the terms of a statement once: it is closed, and they are posted')
  }
  const usage = usageLines(sums.usage, period)
  const lines: StatementLine[] = [...usage, ...sortedTerms([...sums.terms, ...applyTerms(usage, input.terms)])]
  const exact = lines.reduce<Ratio>((sum, { amount }) => addRatios(sum, ratioOf(amount)), NOTHING)
  const rounded = ratioOf(roundedText(exact, minorDigitsOf(currency)))
  const rounding = sums.rounding ?? minus(rounded, exact)
  if (rounding.numerator !== 0n) lines.push({ kind: 'rounding', amount: formatRatio(rounding) })
  return {
    currency,
    period,
    lines,
    exactTotal: formatRatio(exact),
    total: formatRatio(addRatios(exact, rounding)),
  }
}

interface UsageSum {
  of: BilledUsage
  quantity: bigint
  amount: bigint
  entries: number
}

interface Sums {
  usage: UsageSum[]
  terms: TermLine[]
  rounding: Ratio | null
}

function sumUp({ billed, currency }: { billed: Iterable<Billed>; currency: string }): Sums {
  const usage = new Map<string, UsageSum>()
  const terms: TermLine[] = []
  let rounding: Ratio | null = null
  for (const one of billed) {
    if (one.currency !== currency) throw new RangeError(`expected amounts in ${currency}, found one in ${one.currency}`)
    if (one.kind === 'rounding') rounding = addRatios(rounding ?? NOTHING, ratioOf(one.amount))
    else if (one.kind !== 'usage') terms.push({ kind: one.kind, term: one.term, text: one.text, amount: one.amount })
    else {
      const key = JSON.stringify([one.app, one.capability, one.unit, one.isExempt, one.period.start])
      const sum = usage.get(key) ?? { of: one, quantity: 0n, amount: 0n, entries: 0 }
      sum.quantity += scaledOf(one.quantity, QUANTITY_SCALE)
      sum.amount += scaledOf(one.amount, AMOUNT_SCALE)
      sum.entries += one.entries
      usage.set(key, sum)
    }
  }
  return { usage: [...usage.values()], terms, rounding }
}

function usageLines(sums: readonly UsageSum[], period: PeriodText): UsageLine[] {
  return sums
    .map(({ of, quantity, amount, entries }): UsageLine => {
      const { app, capability, unit, isExempt } = of
      const isOwn = of.period.start === period.start
      return {
        kind: isOwn ? (isExempt ? 'exempt' : 'usage') : 'correction',
        app,
        capability,
        unit,
        period: of.period,
        isExempt,
        quantity: fromScaled(quantity, QUANTITY_SCALE),
        amount: amountText(amount),
        entries,
      }
    })
    .sort(inLineOrder)
}

const USAGE_KINDS = ['usage', 'exempt', 'correction']
const TERM_KINDS = ['discount', 'minimum', 'credit']

/** By kind, then the month of the usage, app and capability. */
function inLineOrder(a: UsageLine, b: UsageLine): number {
  return (
    USAGE_KINDS.indexOf(a.kind) - USAGE_KINDS.indexOf(b.kind) ||
    compareTexts(a.period.start, b.period.start) ||
    compareTexts(a.app, b.app) ||
    compareTexts(a.capability, b.capability) ||
    Number(a.isExempt) - Number(b.isExempt) ||
    compareTexts(a.unit, b.unit)
  )
}

/** By kind; within a kind as they came, since each stands on what the ones before it left. */
function sortedTerms(terms: readonly TermLine[]): TermLine[] {
  return terms.toSorted((a, b) => TERM_KINDS.indexOf(a.kind) - TERM_KINDS.indexOf(b.kind))
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
