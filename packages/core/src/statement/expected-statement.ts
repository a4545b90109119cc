import { addDecimals } from '../kernel/index.ts'
import type { PostingDraft } from '../posting/index.ts'
import type { Billed } from './billed-sums.ts'
import { composeStatement } from './compose-statement.ts'
import type { BillingTerm, PeriodText, Statement, StatementLine } from './statement-line.ts'

/** A line of what is measured and not posted: it may still change, until it is settled. */
export type ProvisionalLine = Omit<Extract<StatementLine, { app: string }>, 'entries'>

/** What a month that is not issued would come to if all that is measured now were posted. */
export interface ExpectedStatement {
  /** what is still to be posted, by app and capability; below 0 where more is to be taken back than was used */
  lines: ProvisionalLine[]
  /** Σ of these lines, exact decimal text */
  provisional: string
  /** posted and provisional usage together, with the terms and the rounding that there would be */
  expected: Statement
}

/**
 * Provisional usage beside what is posted, never in it. `drafts`: what decidePostings says is still to be posted of the month. Terms apply to both
 * together, so that the expected total is not the sum of two rounded ones.
 */
export function expectedStatement(input: {
  period: PeriodText
  currency: string
  billed: readonly Billed[]
  drafts: readonly PostingDraft[]
  terms: readonly BillingTerm[]
}): ExpectedStatement {
  const { period, currency, terms } = input
  const drafted = input.drafts.map(billedOfDraft)
  const lines = composeStatement({ period, currency, billed: drafted, terms: [] }).lines.flatMap((line) => {
    if (!('app' in line)) return []
    const { entries: _, ...provisional } = line
    return [provisional]
  })
  return {
    lines,
    provisional: lines.reduce((sum, { amount }) => addDecimals(sum, amount), '0'),
    expected: composeStatement({ period, currency, billed: [...input.billed, ...drafted], terms }),
  }
}

function billedOfDraft(draft: PostingDraft): Billed {
  const { app, capability, unit, exempt: isExempt, period, quantity, amount, currency } = draft
  return { kind: 'usage', app, capability, unit, isExempt, period, quantity, amount, currency, entries: 1 }
}
