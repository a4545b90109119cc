import { AMOUNT_SCALE, amountText, scaledOf } from '../rating/index.ts'
import type {
  AccountUsage,
  AccountWindow,
  MeasuredWindow,
  PostedWindow,
  PostingDraft,
  PostingFacts,
} from './account.ts'
import { type AccountBalance, accountBalance, type BalanceChange, type KnownRatings } from './account-balance.ts'
import { adjustmentReason } from './adjustment-reason.ts'
import { checkNames } from './check-names.ts'
import { decideRepricing } from './decide-repricing.ts'
import {
  type Drafting,
  drafting,
  type InstantTexts,
  inPostingOrder,
  inWindowOrder,
  type OrderedDraft,
} from './draft-entry.ts'
import { basesBetween, type ScaledBase, scaledBases } from './measured-base.ts'

/**
 * The entries that make the ledger say what was measured: for each account-window the difference between what is measured and what was posted, `usage`
 * where there was no entry yet, else `adjustment`. Nothing where both are equal, so asked again afterwards there is nothing to post; a window that holds
 * nothing is not posted.
 *
 * Quantities and amounts telescope: whatever was posted in whatever order, the entries of an account add up to `decompose` of its usage. In the order
 * of (window start, app, environment, exempt, capability), repriced ones first. Linear in the windows given.
 *
 * A capability that has no price at any time is not posted at all. Throws RangeError for a window outside its account's period, and where posted amounts
 * are given and are not what the prices say of the posted usage: a price was added to the past, and `ratedBy` is missing. Throws ZodError for a name
 * that no entry may have: what is returned is in the format of the ledger.
 */
export function decidePostings(input: { facts: PostingFacts; accounts: readonly AccountUsage[] }): PostingDraft[] {
  const drafts: OrderedDraft[] = []
  const ratings: KnownRatings = new Map()
  const texts: InstantTexts = new Map()
  for (const usage of input.accounts) {
    if (usage.timeline.length === 0 && usage.posted.length === 0) continue
    const balance = accountBalance(usage.account, usage.timeline, ratings)
    const draft = drafting({ account: usage.account, facts: input.facts, balance, texts })
    checkPosted(usage)
    if (usage.ratedBy !== undefined) append(drafts, decideRepricing(usage, usage.ratedBy, draft))
    append(drafts, decideDifferences(usage, balance, draft))
  }
  const decided = drafts.sort(inPostingOrder).map(({ draft }) => draft)
  checkNames(decided)
  return decided
}

/** What one account-window's entry would say, if everything measured were posted now. */
export interface ExpectedChange {
  window: AccountWindow
  /** nothing was posted of it before */
  isFirst: boolean
  change: BalanceChange
}

/**
 * What decidePostings would post of one account, as numbers: for whoever only adds it up. Throws RangeError as it does, also for an account whose price
 * was added to the past.
 */
export function expectedChanges(usage: AccountUsage, ratings?: KnownRatings): ExpectedChange[] {
  if (usage.timeline.length === 0 && usage.posted.length === 0) return []
  checkPosted(usage)
  const balance = accountBalance(usage.account, usage.timeline, ratings)
  return changesOf(usage, balance).map(({ window, posted, change }) => ({ window, isFirst: posted === null, change }))
}

function decideDifferences(usage: AccountUsage, balance: AccountBalance, draft: Drafting): OrderedDraft[] {
  const drafts: OrderedDraft[] = []
  for (const { window, posted, measured, bases, change } of changesOf(usage, balance)) {
    const signs = bases.map(({ base }) => base)
    const adjusting =
      posted === null ? null : { adjusts: posted.firstSequence, ...adjustmentReason(measured?.causes ?? [], signs) }
    // of what is gone, the ledger still knows under which right it was used
    const entitlements = measured?.entitlements.length ? measured.entitlements : (posted?.entitlements ?? [])
    drafts.push(draft({ window, change, bases, entitlements, adjusting }))
  }
  return drafts
}

/** Each account-window that is not what was posted of it, in time order, with what posting the difference changes. */
function changesOf(
  usage: AccountUsage,
  balance: AccountBalance,
): (Pair & { bases: ScaledBase[]; change: BalanceChange })[] {
  for (const posted of usage.posted) balance.load(posted, scaledBases(posted.measured))
  return pairs(usage).flatMap((pair) => {
    const bases = basesBetween(pair.posted?.measured ?? [], pair.measured?.measured ?? [])
    return bases.length === 0 ? [] : { ...pair, bases, change: balance.post(pair.window, bases) }
  })
}

interface Pair {
  window: AccountWindow
  posted: PostedWindow | null
  measured: MeasuredWindow | null
}

/** Each account-window that either side knows, in time order. */
function pairs({ posted, measured, isPartial = false }: AccountUsage): Pair[] {
  const found = new Map<string, Pair>()
  for (const window of measured) {
    const key = keyOf(window)
    if (found.has(key)) throw new RangeError('expected each account-window once among what was measured')
    found.set(key, { window, posted: null, measured: window })
  }
  for (const window of posted) {
    const key = keyOf(window)
    const pair = found.get(key)
    if (pair?.posted) throw new RangeError('expected each account-window once among what was posted')
    if (pair !== undefined) pair.posted = window
    else if (!isPartial) found.set(key, { window, posted: window, measured: null })
  }
  return [...found.values()].sort((a, b) => inWindowOrder(a.window, b.window))
}

/** The environment comes last: whatever it holds, two windows are not taken for one. */
function keyOf({ window, isExempt, environment }: AccountWindow): string {
  return `${window.start} ${window.end} ${isExempt} ${environment}`
}

function checkPosted({ account, posted, timeline, ratedBy }: AccountUsage): void {
  if (posted.length === 0 || posted.some(({ amount }) => amount === undefined)) return
  const balance = accountBalance(account, ratedBy ?? timeline)
  for (const window of posted) balance.load(window, scaledBases(window.measured))
  const expected = balance.amount()
  const found = posted.reduce((sum, { amount = '0' }) => sum + scaledOf(amount, AMOUNT_SCALE), 0n)
  if (found === expected) return
  throw new RangeError(
    `expected entries of app ${account.appId} and ${account.capabilityKey} of ${amountText(expected)} in all, found ${amountText(found)}: a price was added to the past, reprice first`,
  )
}

/** Not by spreading: a hundred thousand arguments do not fit on the stack. */
function append<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one)
}
