import { hash } from 'node:crypto'
import { identifyJournalBody } from '@meterbook/core/event'
import type { Sha256 } from '@meterbook/core/kernel'
import type { IdentifiedEvent } from '@meterbook/core/projection'
import type { JournalBatch } from '@meterbook/db/postgres'

/** The platform's own SHA-256: the same digits as core's, some twenty times faster. */
export const sha256: Sha256 = (text) => hash('sha256', text, 'hex')

/** The events of journal batches, in journal order, each with its identity and content digest. */
export function identifyEvents(batches: readonly JournalBatch[]): IdentifiedEvent[] {
  const identified: IdentifiedEvent[] = []
  for (const { number: batch, body, appId, receivedAt, eventCount } of batches) {
    const events = identifyJournalBody({ body, app: appId, sha256 })
    if (events.length !== eventCount) {
      throw new Error(`journal batch ${batch}: expected ${eventCount} events, found ${events.length}`)
    }
    for (const [pos, { event, identity, digest }] of events.entries()) {
      identified.push({ batch, pos, appId, receivedAt, event, identity, digest })
    }
  }
  return identified
}
