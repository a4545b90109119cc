import { hash } from 'node:crypto'
import { contentDigest, eventIdentity, readJournalBody, type UsageEvent } from '@meterbook/core/event'
import type { Sha256 } from '@meterbook/core/kernel'
import type { IdentifiedEvent } from '@meterbook/core/projection'
import type { JournalBatch } from '@meterbook/db/postgres'

/** The platform's own SHA-256: the same digits as core's, some twenty times faster. */
export const sha256: Sha256 = (text) => hash('sha256', text, 'hex')

/** The events of journal batches, in journal order, each with its identity and content digest. */
export function identifyEvents(batches: readonly JournalBatch[]): IdentifiedEvent[] {
  const identified: IdentifiedEvent[] = []
  for (const batch of batches) {
    const events = readJournalBody(batch.body)
    if (events.length !== batch.eventCount) {
      throw new Error(`journal batch ${batch.number}: expected ${batch.eventCount} events, found ${events.length}`)
    }
    for (let pos = 0; pos < events.length; pos++) identified.push(identify(batch, pos, events[pos] as UsageEvent))
  }
  return identified
}

function identify(batch: JournalBatch, pos: number, event: UsageEvent): IdentifiedEvent {
  const { number, appId: app, receivedAt } = batch
  const { source, id, type, subject, environment, installation, data } = event
  return {
    batch: number,
    pos,
    appId: app,
    receivedAt,
    event,
    identity: eventIdentity({ app, source, id }, sha256),
    digest: contentDigest({ type, subject, app, environment, installation, data }, sha256),
  }
}
