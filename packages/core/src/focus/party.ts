import type { Instant } from '../kernel/index.ts'

/** A display name and when it began to be the name; null: from the beginning. */
export interface NameSpell {
  from: Instant | null
  name: string
}

export interface FocusApp {
  id: string
  /** ascending by `from` */
  names: readonly NameSpell[]
  tags?: Readonly<Record<string, string | number | boolean>>
}

/** Who is billed, by whom, and what things are called: everything in an export that is not in the ledger. */
export interface FocusParties {
  /** legal name of the operator, who provides, hosts and issues */
  operator: string
  space: { id: string; names: readonly NameSpell[] }
  apps: readonly FocusApp[]
  /** `Net 30`, `Due on receipt` */
  paymentTerms: string
  /** true: apps have tags, and the column Tags is emitted */
  hasTags?: boolean
}

export function spaceUrn(id: string): string {
  return `urn:meterbook:space:${id}`
}

export function appUrn(id: string): string {
  return `urn:meterbook:app:${id}`
}

/**
 * The name at an instant: charges from before a renaming keep the old one. The id where there is no name: FOCUS forbids blank texts.
 */
export function nameAt(names: readonly NameSpell[], at: Instant, id: string): string {
  let found = id
  for (const { from, name } of names) if (from === null || from <= at) found = name
  return textCell(found) ?? id
}

/** A text without control characters and outer blanks, well formed; null where nothing is left. */
export function textCell(text: string): string | null {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\ufeff]+/gu, ' ')
    .trim()
  return clean === '' ? null : clean
}
