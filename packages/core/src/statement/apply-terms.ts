import { addRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'
import { least, minus, NOTHING, negative, owed, times } from './money.ts'
import type { BillingTerm, TermLine, UsageLine } from './statement-line.ts'

/**
 * What was agreed, as lines: discounts, then minimums, then credits; within each, those of one capability before those of the whole, in the order
 * given, each on what the ones before it left.
 *
 * - A discount in percent takes its share of the month's usage and of corrections of earlier months alike: what is given back was discounted too. One
 *   of an amount takes no more than the month's own usage has left.
 * - A minimum adds what the month's own usage, discounted, falls short of it. Corrections of earlier months neither fill it nor raise it.
 * - A credit takes no more than is owed in all.
 *
 * A term that comes to nothing has no line. Throws RangeError for a term that is neither percent nor amount, or both; for a percentage outside 0 to
 * 100, an amount below 0, and a minimum in percent.
 */
export function applyTerms(usage: readonly UsageLine[], terms: readonly BillingTerm[]): TermLine[] {
  const due = dueOf(usage)
  const lines: TermLine[] = []
  for (const kind of ['discount', 'minimum', 'credit'] as const) {
    const ofKind = terms.filter((term) => term.kind === kind)
    for (const term of [...ofKind.filter(isOfCapability), ...ofKind.filter((each) => !isOfCapability(each))]) {
      const amount = APPLY[kind](due, grantOf(term), term.capability)
      if (amount.numerator !== 0n) lines.push({ kind, term: term.id, text: term.text, amount: formatRatio(amount) })
    }
  }
  return lines
}

/** What is left to pay: for this month's usage and for corrections of others; `own` of each capability and of all. */
interface Due {
  byCapability: Map<string, { own: Ratio; corrections: Ratio }>
  all: { own: Ratio; corrections: Ratio }
}

type Grant = { percent: Ratio; amount: null } | { percent: null; amount: Ratio }

/** Each takes its part of what is due, and gives the line's amount. */
const APPLY = { discount, minimum, credit }

function discount(due: Due, grant: Grant, capability: string | null): Ratio {
  const base = dueFor(due, capability)
  const own = grant.percent === null ? least(grant.amount, owed(base.own)) : times(base.own, grant.percent)
  const corrections = grant.percent === null ? NOTHING : times(base.corrections, grant.percent)
  change(due, capability, { own: negative(own), corrections: negative(corrections) })
  return negative(addRatios(own, corrections))
}

function minimum(due: Due, grant: Grant, capability: string | null): Ratio {
  if (grant.amount === null) throw new RangeError('expected a minimum that is an amount')
  const missing = owed(minus(grant.amount, dueFor(due, capability).own))
  change(due, capability, { own: missing, corrections: NOTHING })
  return missing
}

function credit(due: Due, grant: Grant, capability: string | null): Ratio {
  const { own, corrections } = dueFor(due, capability)
  const inAll = owed(addRatios(due.all.own, due.all.corrections))
  const open = least(owed(addRatios(own, corrections)), inAll)
  const taken = grant.percent === null ? least(grant.amount, open) : times(open, grant.percent)
  change(due, capability, { own: negative(taken), corrections: NOTHING })
  return negative(taken)
}

function dueOf(usage: readonly UsageLine[]): Due {
  const due: Due = { byCapability: new Map(), all: { own: NOTHING, corrections: NOTHING } }
  for (const { kind, capability, amount } of usage) {
    const money = ratioOf(amount)
    change(due, capability, {
      own: kind === 'correction' ? NOTHING : money,
      corrections: kind === 'correction' ? money : NOTHING,
    })
  }
  return due
}

function dueFor(due: Due, capability: string | null): { own: Ratio; corrections: Ratio } {
  if (capability === null) return due.all
  return due.byCapability.get(capability) ?? { own: NOTHING, corrections: NOTHING }
}

/** What a capability pays is part of the whole; what the whole is granted is no capability's. */
function change(due: Due, capability: string | null, by: { own: Ratio; corrections: Ratio }): void {
  const changed = ({ own, corrections }: { own: Ratio; corrections: Ratio }) => ({
    own: addRatios(own, by.own),
    corrections: addRatios(corrections, by.corrections),
  })
  if (capability !== null) due.byCapability.set(capability, changed(dueFor(due, capability)))
  due.all = changed(due.all)
}

function grantOf({ id, percent, amount }: BillingTerm): Grant {
  if ((percent === null) === (amount === null)) throw new RangeError(`expected term ${id} in percent or as an amount`)
  const given = ratioOf(percent ?? amount ?? '0')
  const isOutside = given.numerator < 0n || (percent !== null && given.numerator > 100n * given.denominator)
  if (isOutside) throw new RangeError(`expected term ${id} from 0 on, up to 100 percent, found ${percent ?? amount}`)
  if (percent === null) return { percent: null, amount: given }
  return { percent: { numerator: given.numerator, denominator: given.denominator * 100n }, amount: null }
}

function isOfCapability({ capability }: BillingTerm): boolean {
  return capability !== null
}
