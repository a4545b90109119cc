import { isJsonObject, readTrustedArray, readTrustedElements, type Sha256 } from '../kernel/index.ts'
import { readTrustedEvent } from './cloud-event.ts'
import { asciiIdentity, contentDigest, eventIdentity, printableDigest } from './identity.ts'
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

/** An event of a journal row with what it is known by; `identity` and `digest` as eventIdentity and contentDigest give them. */
export interface JournalEvent {
  event: UsageEvent
  identity: string
  digest: string
}

/** readJournalBody, with each event's identity and digest: that a text is plain ASCII is seen once, while it is read. */
export function identifyJournalBody(input: { body: string; app: string; sha256: Sha256 }): JournalEvent[] {
  const { body, app, sha256 } = input
  const { values, isPrintable } = readTrustedElements(body)
  return values.map((value, index) => {
    const event = readTrustedEvent(value)
    const { source, id, type, subject, environment, installation, data } = event
    // Data that came in base64 was not read with the rest.
    const isSeen = data === null || (isJsonObject(value) && value.data === data)
    const content = { type, subject, app, environment, installation, data }
    return isSeen && isPrintable(index)
      ? { event, identity: asciiIdentity({ app, source, id }, sha256), digest: printableDigest(content, sha256) }
      : { event, identity: eventIdentity({ app, source, id }, sha256), digest: contentDigest(content, sha256) }
  })
}
