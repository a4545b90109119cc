import type { EntryView, StatementState } from './statement-view.ts'

const TIERS: Record<string, string> = {
  allowance: 'Included',
  overage: 'Beyond what is included',
  unpriced: 'No price in force',
  exempt: 'Exempt',
}

/** The share of a price that a part is: `tier_2` is `Tier 2`. */
export function tierWords(tier: string): string {
  const [, kind, number] = /^(tier|flat)_(\d+)$/.exec(tier) ?? []
  if (kind === 'tier') return `Tier ${number}`
  if (kind === 'flat') return `Flat fee of tier ${number}`
  return TIERS[tier] ?? tier
}

const REASONS: Record<NonNullable<EntryView['reason']>, string> = {
  late_usage: 'usage that came late',
  cancelled: 'usage that was cancelled',
  amended: 'usage that was amended',
  reattributed: 'usage that belongs to another space or app',
  repriced: 'a price that changed after the fact',
  mixed: 'several causes at once',
}

/** Why an entry adjusts another. */
export function reasonWords(reason: NonNullable<EntryView['reason']>): string {
  return REASONS[reason]
}

/** What a state means for whoever reads the figures. */
export const STATE_SENTENCES: Record<StatementState, string> = {
  open: 'The month still runs: these figures are provisional and grow with its usage.',
  closing: 'The month is over. Until it is closed its figures are provisional: late usage still counts.',
  closed: 'An issued statement does not move: what is found later is billed in the month that is open then.',
  amended: 'An issued statement does not move: corrections of this month stand on a later one, as lines of their own.',
}

/** Whether figures of a statement may still change. */
export function isProvisional(state: StatementState): boolean {
  return state === 'open' || state === 'closing'
}
