import { formatInstant, type Instant } from '../kernel/index.ts'
import type { Window } from '../window/index.ts'
import type { ChecklistItem, StatementState } from './statement-line.ts'

/** What has to be known before a month is closed. */
export interface ClosingFacts {
  period: Window
  /** now, as the caller's clock says */
  asOf: Instant
  /** every window that ended by then is settled, on each shard of the space's apps; null: nothing is yet */
  settledUntil: Instant | null
  /** differences that reconciliation found and that are still there, of the space or of nobody known */
  openIncidents: number
  /** events of the month that are held and may be the space's */
  quarantined: number
  /** somebody let the month be closed in spite of them */
  waiver: { reason: string; by: string } | null
}

/** Whether a month can be closed, point by point, in words for the page on which somebody decides it. */
export function closingChecklist(facts: ClosingFacts): ChecklistItem[] {
  return [periodEnded(facts), settled(facts), reconciled(facts), quarantine(facts)]
}

/** True when every item is ok or waived. */
export function mayClose(items: readonly ChecklistItem[]): boolean {
  return items.length > 0 && items.every(({ state }) => state === 'ok' || state === 'waived')
}

/** `isCorrected`: a later statement carries corrections of its month. */
export function statementState(facts: { isClosed: boolean; isCorrected: boolean; isOver: boolean }): StatementState {
  if (facts.isClosed) return facts.isCorrected ? 'amended' : 'closed'
  return facts.isOver ? 'closing' : 'open'
}

function periodEnded({ period, asOf }: ClosingFacts): ChecklistItem {
  const end = formatInstant(period.end)
  return asOf >= period.end
    ? { key: 'period_ended', state: 'ok', text: `The month ended at ${end}.` }
    : { key: 'period_ended', state: 'waiting', text: `The month runs until ${end}.` }
}

function settled({ period, settledUntil }: ClosingFacts): ChecklistItem {
  if (settledUntil !== null && settledUntil >= period.end) {
    return { key: 'settled', state: 'ok', text: 'All usage of the month is settled.' }
  }
  const until =
    settledUntil === null ? 'Nothing is settled yet' : `Usage is settled until ${formatInstant(settledUntil)}`
  return { key: 'settled', state: 'waiting', text: `${until}; the month ends at ${formatInstant(period.end)}.` }
}

function reconciled({ openIncidents }: ClosingFacts): ChecklistItem {
  return openIncidents === 0
    ? { key: 'reconciled', state: 'ok', text: 'Journal, usage, ledger and statement agree.' }
    : { key: 'reconciled', state: 'blocked', text: `${counted(openIncidents, 'difference')} found, not explained yet.` }
}

function quarantine({ quarantined, waiver }: ClosingFacts): ChecklistItem {
  if (quarantined === 0) return { key: 'quarantine', state: 'ok', text: 'No event of the month is held.' }
  const held = `${counted(quarantined, 'event')} of the month held`
  return waiver === null
    ? { key: 'quarantine', state: 'blocked', text: `${held}, neither cured nor waived.` }
    : { key: 'quarantine', state: 'waived', text: `${held}, waived by ${waiver.by}: ${waiver.reason}` }
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}
