import { addDecimals } from '../kernel/index.ts'
import { instant, monthOf, timelineOf } from '../rating/test-price-book.ts'
import type { AccountUsage, MeasuredWindow, MeterBase, PostedWindow, PostingDraft, PostingFacts } from './account.ts'

export const FACTS: PostingFacts = {
  currency: 'USD',
  billingZone: 'UTC',
  closedPeriods: [],
  journal: { shard: 3, through: '812' },
}

export function accountOf(month: string, capabilityKey = 'functions.duration') {
  const [spaceId, appId] = ['space-1', 'app-1']
  return { spaceId, appId, capabilityKey, unit: 'GB-second', period: monthOf(month) }
}

const HOUR = 3_600_000_000n

/** An hour's usage in the meter's own unit. */
export function hour(at: string, base: string, more: Partial<MeasuredWindow> = {}): MeasuredWindow {
  const start = instant(at)
  const measured: MeterBase[] = [{ meter: 'functions_duration', version: 1, base, divisor: '1' }]
  const window = { start, end: start + HOUR }
  return { environment: 'production', isExempt: false, window, measured, entitlements: ['grant-1'], ...more }
}

export function usageOf(month: string, measured: MeasuredWindow[], posted: PostedWindow[] = []): AccountUsage {
  return { account: accountOf(month), timeline: timelineOf('functions.duration'), measured, posted }
}

/** What a ledger that took these drafts, from `firstSequence` on, would say of the account's windows. */
export function ledgerOf(drafts: readonly PostingDraft[], firstSequence = 1): PostedWindow[] {
  const windows = new Map<string, PostedWindow>()
  for (const [index, draft] of drafts.entries()) {
    const key = JSON.stringify([draft.window, draft.environment, draft.exempt])
    const known = windows.get(key)
    windows.set(key, {
      environment: draft.environment,
      isExempt: draft.exempt,
      window: { start: instant(draft.window.start), end: instant(draft.window.end) },
      firstSequence: known?.firstSequence ?? String(firstSequence + index),
      measured: sumBases([...(known?.measured ?? []), ...draft.measured]),
      entitlements: draft.entitlements,
      amount: addDecimals(known?.amount ?? '0', draft.amount),
    })
  }
  return [...windows.values()]
}

function sumBases(bases: readonly MeterBase[]): MeterBase[] {
  const sums = new Map<string, MeterBase>()
  for (const one of bases) {
    const key = `${one.version} ${one.meter}`
    const known = sums.get(key)
    sums.set(key, known === undefined ? one : { ...one, base: addDecimals(known.base, one.base) })
  }
  return [...sums.values()]
}

export function totalOf(drafts: readonly { amount: string }[]): string {
  return drafts.reduce((sum, { amount }) => addDecimals(sum, amount), '0')
}
