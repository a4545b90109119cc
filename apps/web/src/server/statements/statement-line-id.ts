import { canonicalTuple, sha256 } from '@meterbook/core/kernel'
import type { Statement, StatementLine } from '@meterbook/core/statement'

const ID_DIGITS = 16

/** A line with its name: what it is of, not where it stands, so that a line that joins an open month renames no other. */
export interface NamedLine {
  id: string
  /** from 1; the number of an issued statement's line is its own for ever, and in FOCUS `<statement>-<number>` */
  number: number
  line: StatementLine
}

/** The lines of a statement with their ids: 16 hex digits each, unique within the statement. */
export function namedLines({ lines }: Pick<Statement, 'lines'>): NamedLine[] {
  const seen = new Map<string, number>()
  return lines.map((line, index) => {
    const of = placeOf(line)
    const nth = (seen.get(of) ?? 0) + 1
    seen.set(of, nth)
    return { id: idOf(of, nth), number: index + 1, line }
  })
}

/** The id of the line that usage stands in. `periodStart`: RFC 3339, of the month of the usage. */
export function usageLineId(of: {
  kind: 'usage' | 'exempt' | 'correction'
  app: string
  capability: string
  unit: string
  isExempt: boolean
  periodStart: string
}): string {
  const place = canonicalTuple([of.kind, of.app, of.capability, of.unit, `${of.isExempt}`, of.periodStart])
  // usage of one place is one line
  return idOf(place, 1)
}

function idOf(place: string, nth: number): string {
  return sha256(canonicalTuple([place, `${nth}`])).slice(0, ID_DIGITS)
}

/** Terms of the same words may occur twice; usage of the same place may not. */
function placeOf(line: StatementLine): string {
  if (line.kind === 'rounding') return canonicalTuple([line.kind])
  if (!('app' in line)) return canonicalTuple([line.kind, line.term, line.text])
  return canonicalTuple([line.kind, line.app, line.capability, line.unit, `${line.isExempt}`, line.period.start])
}
