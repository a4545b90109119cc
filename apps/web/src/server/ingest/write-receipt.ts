import type { EventReceipt, EventVerdict, JournalPosition, ReadEvent } from '@meterbook/core/event'
import { formatInstant } from '@meterbook/core/kernel'
import type { Assignment } from './assign-events.ts'

/** What the sender is told: where each event stands, or why it does not. `verdicts`: null while they are not known. */
export function writeReceipt(input: {
  receivedAt: bigint
  events: readonly ReadEvent[]
  assignment: Assignment
  positions: readonly JournalPosition[]
  verdicts: readonly (readonly EventVerdict[])[] | null
  traceId?: string | undefined
}): EventReceipt {
  const { receivedAt, events, assignment, positions, verdicts, traceId } = input
  const entries: EventReceipt['events'] = events.map(({ index, line }) => ({
    index,
    ...(line !== undefined && { line }),
    verdict: 'refused',
    validationErrors: assignment.refused.get(index) ?? [],
  }))
  for (const [journal, group] of assignment.groups.entries()) {
    for (const [position, index] of group.indexes.entries()) {
      const { line } = entries[index] ?? {}
      const verdict = verdicts?.[journal]?.[position] ?? { verdict: 'taken' as const }
      entries[index] = { index, ...(line !== undefined && { line }), ...verdict, journal, position }
    }
  }
  return {
    receivedAt: formatInstant(receivedAt),
    ...(traceId !== undefined && { traceId }),
    taken: events.length - assignment.refused.size,
    refused: assignment.refused.size,
    journal: positions.map(({ shard, number, digest }, i) => ({
      shard,
      number: String(number),
      digest,
      events: assignment.groups[i]?.indexes.length ?? 0,
    })),
    events: entries,
  }
}
