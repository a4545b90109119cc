import { readTrustedArray } from '../kernel/index.ts'
import { readTrustedEvent } from './cloud-event.ts'
import type { UsageEvent } from './usage-event.ts'

/** The journal's form of some events: a JSON array of their texts, each as it was received. */
export function writeJournalBody(texts: readonly string[]): string {
  return `[${texts.join(',')}]`
}

/**
 * The events of a journal row, in order. What stands in the journal has been checked at the door, so it is not checked
 * again, but read with the same care for digits. Throws if the text is not what writeJournalBody wrote.
 */
export function readJournalBody(text: string): UsageEvent[] {
  return readTrustedArray(text).map(readTrustedEvent)
}
