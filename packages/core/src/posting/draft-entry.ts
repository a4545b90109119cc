import { formatInstant, type Instant } from '../kernel/index.ts'
import { amountText, quantityText } from '../rating/index.ts'
import type { Window } from '../window/index.ts'
import type { Account, AccountWindow, PostingDraft, PostingFacts } from './account.ts'
import type { AccountBalance, BalanceChange } from './account-balance.ts'
import { billedIn } from './billed-in.ts'
import { baseText, type ScaledBase } from './measured-base.ts'

type Adjustment = Extract<PostingDraft, { kind: 'adjustment' }>

/** What tells an adjustment from a first entry; null: this is the first. */
export type Adjusting = Pick<Adjustment, 'adjusts' | 'reason' | 'acts'> | null

/** A draft with its place among others. */
export interface OrderedDraft {
  draft: PostingDraft
  /** repriced entries come first: what follows stands on their sum */
  isRepriced: boolean
  window: Window
}

export type Drafting = (entry: {
  window: AccountWindow
  change: BalanceChange
  bases: readonly ScaledBase[]
  entitlements: readonly string[]
  adjusting: Adjusting
}) => OrderedDraft

/** Makes the drafts of one account: what all of them have in common is worked out once. */
export function drafting(of: {
  account: Account
  facts: PostingFacts
  balance: AccountBalance
  texts: InstantTexts
}): Drafting {
  const { account, facts, balance, texts } = of
  const period = windowText(account.period, texts)
  const billed = windowText(billedIn(account.period, facts), texts)
  const journal = { ...facts.journal }
  // Members in the order of the canonical text: whoever writes it finds them sorted.
  return ({ window, change, bases, entitlements, adjusting }) => {
    const { adjusts, acts, reason } = adjusting ?? {}
    const members = {
      ...(acts !== undefined && { acts }),
      ...(adjusts !== undefined && { adjusts }),
      amount: amountText(change.amount),
      app: account.appId,
      billedIn: billed,
      capability: account.capabilityKey,
      cumulative: change.cumulative,
      currency: facts.currency,
      entitlements: [...new Set(entitlements)].sort(),
      environment: window.environment,
      exempt: window.isExempt,
      journal,
      kind: adjusting === null ? 'usage' : 'adjustment',
      measured: bases.map(baseText),
      parts: change.parts,
      period,
      priceBook: balance.segmentAt(window).price?.bookId ?? null,
      quantity: quantityText(change.quantity),
      ...(reason !== undefined && { reason }),
      unit: account.unit,
      window: windowText(window.window, texts),
    }
    const draft = members as PostingDraft
    return { draft, isRepriced: adjusting?.reason === 'repriced', window: window.window }
  }
}

/** By window, app, environment, exempt and capability; repriced entries before all others. */
export function inPostingOrder(a: OrderedDraft, b: OrderedDraft): number {
  if (a.isRepriced !== b.isRepriced) return a.isRepriced ? -1 : 1
  return (
    compare(a.window.start, b.window.start) ||
    compare(a.draft.app, b.draft.app) ||
    compare(a.draft.environment, b.draft.environment) ||
    Number(a.draft.exempt) - Number(b.draft.exempt) ||
    compare(a.draft.capability, b.draft.capability) ||
    compare(a.window.end, b.window.end)
  )
}

/** By window, then environment, then exempt: the same order within one account. */
export function inWindowOrder(a: AccountWindow, b: AccountWindow): number {
  return (
    compare(a.window.start, b.window.start) ||
    compare(a.environment, b.environment) ||
    Number(a.isExempt) - Number(b.isExempt) ||
    compare(a.window.end, b.window.end)
  )
}

/** Texts of the instants met so far: the same few hours come again in every account. */
export type InstantTexts = Map<Instant, string>

function windowText({ start, end }: Window, texts: InstantTexts): { start: string; end: string } {
  return { end: instantText(end, texts), start: instantText(start, texts) }
}

function instantText(at: Instant, texts: InstantTexts): string {
  const known = texts.get(at)
  if (known !== undefined) return known
  const text = formatInstant(at)
  texts.set(at, text)
  return text
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
