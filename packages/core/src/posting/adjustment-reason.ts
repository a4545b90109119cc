import type { PostingCause, PostingDraft } from './account.ts'

type Adjustment = Extract<PostingDraft, { kind: 'adjustment' }>

/** Why an adjustment is posted, in one word, and the corrections it comes from. Where the journal does not say, the difference's sign does. */
export function adjustmentReason(
  causes: readonly PostingCause[],
  signs: readonly bigint[],
): Pick<Adjustment, 'reason' | 'acts'> {
  const reasons = new Set<PostingCause['reason']>(causes.map(({ reason }) => reason))
  const acts = [...new Set(causes.flatMap(({ act }) => (act === null ? [] : [act])))].sort()
  const [only] = reasons
  const reason = only === undefined ? reasonOfSigns(signs) : reasons.size === 1 ? only : 'mixed'
  return acts.length === 0 ? { reason } : { reason, acts }
}

function reasonOfSigns(signs: readonly bigint[]): Adjustment['reason'] {
  if (signs.every((sign) => sign > 0n)) return 'late_usage'
  return signs.every((sign) => sign < 0n) ? 'cancelled' : 'mixed'
}
