import { EntryCurrency, EntryName } from '../ledger/index.ts'
import type { PostingDraft } from './account.ts'

/**
 * Looks at everything in drafts that came from outside, each text once; all else in them (decimals, instants, numbers) was written by core in the
 * one form that an entry has. So whoever posts them need not look at them again. Throws ZodError for a name or a currency that no entry may have.
 */
export function checkNames(drafts: readonly PostingDraft[]): void {
  const names = new Set<string>()
  const currencies = new Set<string>()
  for (const draft of drafts) {
    names.add(draft.app).add(draft.environment).add(draft.capability).add(draft.unit)
    if (draft.priceBook !== null) names.add(draft.priceBook)
    for (const { priceBook } of draft.parts) if (priceBook !== null) names.add(priceBook)
    for (const { meter } of draft.measured) names.add(meter)
    for (const entitlement of draft.entitlements) names.add(entitlement)
    if (draft.kind === 'adjustment') for (const act of draft.acts ?? []) names.add(act)
    currencies.add(draft.currency)
  }
  for (const name of names) EntryName.parse(name)
  for (const currency of currencies) EntryCurrency.parse(currency)
}
