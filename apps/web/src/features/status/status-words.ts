import { formatDuration } from '../../format.ts'
import type { LatencyBar, StatusIncident, StatusStage, StatusView } from './status-view.ts'

/** What each stage is, in words. */
export const STAGES: Record<StatusStage['name'], { name: string; says: string }> = {
  received: { name: 'Received', says: 'the last event that was committed to disk' },
  counted: { name: 'Counted', says: 'everything received before is in every chart and answer' },
  settled: { name: 'Settled', says: 'every window that ended before is in the ledger' },
  compared: { name: 'Compared', says: 'when counts were last held against the events as received' },
  verified: { name: 'Verified', says: 'when every chain was last verified from end to end' },
}

const WHAT: Record<string, string> = {
  event_index: 'events',
  event_identity: 'identities of events',
  usage_records: 'usage records',
  rollup_minute: 'sums by minute',
  rollup_hour: 'sums by hour',
  ledger_entry: 'ledger entries',
  statement: 'statements',
  statement_export: 'files of statements',
  ledger_chain: 'the ledger’s chains',
  audit_chain: 'the audit log’s chain',
  journal_seal: 'the journal’s seals',
}

/** Upper bounds: `90 ms`, `1.7 s`, `2 min`; a dash for what there is not. */
export function latencyWords(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 1_000) return `${ms} ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatDuration(ms)
}

/** One sentence over everything. */
export function headline({ stages }: StatusView): { state: 'good' | 'late' | 'unknown'; words: string } {
  const counted = stages?.find(({ name }) => name === 'counted')
  if (counted === undefined || counted.state === 'unknown') {
    return { state: 'unknown', words: 'How far counting has come cannot be read at the moment' }
  }
  if (counted.state === 'late') {
    return { state: 'late', words: `Charts are ${formatDuration(counted.behindMs ?? 0)} behind` }
  }
  return { state: 'good', words: 'Counting keeps up with what is sent' }
}

export function incidentTitle(incident: StatusIncident): string {
  if (incident.kind === 'delay') return `Charts were up to ${formatDuration(incident.lagMsMax ?? 0)} behind`
  const what = WHAT[incident.what ?? ''] ?? incident.what ?? 'figures'
  return `A comparison found ${incident.count === 1 ? 'a difference' : `${incident.count} differences`} in ${what}`
}

/** What a history says, in a sentence: the finding, and what is not known. */
export function historyWords(bars: readonly LatencyBar[], unit: 'day' | 'hour'): string {
  const measured = bars.filter(({ state }) => state === 'measured')
  const unknown = bars.filter(({ state }) => state === 'unavailable').length
  const missing = unknown === 0 ? '' : ` ${unknown} of ${bars.length} ${unit}s were not measured.`
  if (measured.length === 0) return `No ${unit} with events was measured.${missing}`
  const slow = measured.filter(({ p95 }) => p95 === null || p95 > 5_000).length
  const worst = measured.reduce(
    (most, { p95 }) => (p95 === null || (most !== null && p95 > most) ? p95 : most),
    0 as number | null,
  )
  const goal =
    slow === 0
      ? `within 5 s on every measured ${unit}`
      : `beyond 5 s on ${slow} of ${measured.length} measured ${unit}s`
  return `95 % of events were on charts ${goal}; the slowest ${unit}: ${worst === null ? 'beyond a day' : latencyWords(worst)}.${missing}`
}
