import type { LedgerTally } from './check-ledger.ts'
import type { TortureReport } from './torture.ts'
import type { Truth } from './truth.ts'

/** What was done and what was found, for a person to read. */
export function reportLines(report: TortureReport): string[] {
  const { toll, sent, truth, findings } = report
  return [
    `kills               ${report.kills}: ${counts(toll.random)}`,
    `  at named steps    ${counts(toll.steps)}`,
    `  not reached       ${toll.missed}`,
    `frozen              ${toll.frozen} workers, ${toll.takenOver} of them taken over before they woke; Redis emptied ${toll.flushed} times`,
    `rebuilt             ${toll.rebuilt} times under load, ${toll.rebuildsKilled} commands killed on the way`,
    `sent                ${sent.events} events in ${sent.packets} requests, tried ${sent.attempts} times, ${sent.refused} refused as they should be, ${sent.abandoned} requests given up`,
    `answers             ${counts(sent.answers)} (0: none)`,
    ...truthLines(truth),
    `caught up           ${report.caughtUpMs === null ? 'not' : `${(report.caughtUpMs / 1_000).toFixed(1)} s after the last event`}`,
    ...ledgerLines(report.ledger),
    `questions asked     ${report.questions}`,
    `findings            ${findings.count}`,
    ...findings.lines().map((line) => `  ${line}`),
  ]
}

function truthLines(truth: Truth | null): string[] {
  if (truth === null) return ['in the journal      more than is projected: nothing was held to it']
  const { events } = truth
  const verdicts = Map.groupBy(events, ({ verdict }) => verdict)
  const reasons = Map.groupBy(verdicts.get('quarantined') ?? [], ({ reason }) => reason)
  const copies = events.length - new Set(events.map(({ sent: { mark } }) => mark)).size
  const acts = [...truth.acts].map(([name, { targets, effects }]) => `${name} ${effects} of ${targets}`).join(', ')
  return [
    `in the journal      ${events.length} events, ${copies} of them once more with the very same bytes`,
    `  verdicts          ${counts(sizes(verdicts))}`,
    `  quarantined       ${counts(sizes(reasons))}`,
    `acts                ${truth.corrections.size} corrections: ${acts}`,
    `usage records       ${events.reduce((sum, { records }) => sum + records.length, 0)}`,
  ]
}

function ledgerLines(ledger: LedgerTally | null): string[] {
  if (ledger === null) return ['ledger              not settled']
  return [
    `ledger              ${counts(ledger.entries)}; settled ${(ledger.settledMs / 1_000).toFixed(1)} s after the other checks`,
    `  billed            ${ledger.windows} windows of ${ledger.accounts} accounts, ${ledger.amount} in all`,
    `  parts of accounts ${counts(tiersOf(ledger.places))}`,
  ]
}

/** A place is a version's beginning and a tier: the tiers of all versions together. */
function tiersOf(places: ReadonlyMap<string, number>): Map<string, number> {
  const tiers = new Map<string, number>()
  for (const [place, count] of places) {
    const tier = place.replace(/^\S+ /, '')
    tiers.set(tier, (tiers.get(tier) ?? 0) + count)
  }
  return tiers
}

function counts(map: ReadonlyMap<string | number, number>): string {
  return [...map].map(([name, count]) => `${name} ${count}`).join(', ') || 'none'
}

function sizes<Key>(groups: ReadonlyMap<Key, readonly unknown[]>): Map<Key, number> {
  return new Map([...groups].map(([key, group]) => [key, group.length]))
}
