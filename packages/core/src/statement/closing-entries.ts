import { canonicalJson, type JsonValue, type Sha256 } from '../kernel/index.ts'
import type { EntryDraft } from '../ledger/index.ts'
import type { Statement, TermLine } from './statement-line.ts'

/**
 * What is posted when a month is closed, in this order: its discounts, minimums and credits, the rounding, and the statement itself, which holds the
 * digest of all lines. With them, what is billed in the month adds up to the statement's total.
 */
export function closingEntries(input: { statement: Statement; statementId: string; sha256: Sha256 }): EntryDraft[] {
  const { statement, statementId } = input
  const { period, currency, lines, exactTotal, total } = statement
  const months = { period: { ...period }, billedIn: { ...period } }
  const drafts: EntryDraft[] = []
  for (const line of lines) {
    const { kind, amount } = line
    const lump = { ...months, amount, currency, statement: statementId }
    if (kind === 'rounding') drafts.push({ kind, ...lump, text: `of ${exactTotal}, half to even` })
    else if (kind === 'discount' || kind === 'minimum' || kind === 'credit') drafts.push(termEntry(line, lump))
  }
  const digest = linesDigest(lines, input.sha256)
  drafts.push({ kind: 'statement', ...months, statement: statementId, lines: digest, exactTotal, total, currency })
  return drafts
}

type Lump = Pick<Extract<EntryDraft, { kind: 'credit' }>, 'period' | 'billedIn' | 'amount' | 'currency' | 'statement'>

function termEntry({ kind, text, term }: TermLine, lump: Lump): EntryDraft {
  return term === null ? { kind, ...lump, text } : { kind, ...lump, text, term }
}

/** SHA-256 of the canonical text of a statement's lines: whoever holds them can see that they are the ones that were posted. */
export function linesDigest(lines: Statement['lines'], sha256: Sha256): string {
  return sha256(canonicalJson(lines as unknown as JsonValue))
}
