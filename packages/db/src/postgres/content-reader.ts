import { type JournalPlace, readActBody, readJournalBody, type UsageEvent } from '@meterbook/core/event'
import { readJsonElements } from '@meterbook/core/kernel'
import { type JournalBatch, readBatchesAt } from './journal-reader.ts'
import type { Pool } from './pool.ts'

/** Deeper than anything the door takes. */
const DEPTH_MAX = 1_000

/** One event's content as the journal has it: its meaning, and its text as it was received. */
export interface StoredContent {
  event: UsageEvent
  text: string
}

/**
 * The contents that stand at these places of a shard's journal, in their order: events as sent, or what a target of an act brought; null
 * where there is none. Throws as the journal's reader does if a row is not what its digest says.
 */
export async function readContents(
  pool: Pool,
  input: { shard: number; places: readonly JournalPlace[] },
): Promise<(StoredContent | null)[]> {
  const numbers = [...new Set(input.places.map(({ batch }) => batch))]
  const batches = await readBatchesAt(pool, { shard: input.shard, numbers })
  const contents = new Map(batches.map((batch) => [batch.number, contentsOf(batch)]))
  return input.places.map(({ batch, pos }) => contents.get(batch)?.(pos) ?? null)
}

function contentsOf(batch: JournalBatch): (pos: number) => StoredContent | null {
  if (batch.kind === 'act') {
    const { targets } = readActBody(batch.body)
    return (pos) => {
      const text = targets[pos]?.event
      const [event] = text === undefined ? [] : readJournalBody(`[${text}]`)
      return event === undefined || text === undefined ? null : { event, text }
    }
  }
  const events = readJournalBody(batch.body)
  const spread = readJsonElements({ text: batch.body, spread: true, depthMax: DEPTH_MAX })
  return (pos) => {
    const [event, element] = [events[pos], spread.ok ? spread.elements[pos] : undefined]
    if (event === undefined || element === undefined) return null
    return { event, text: batch.body.slice(element.start, element.end) }
  }
}
