import { canonicalJson, canonicalTuple, type Sha256 } from '../kernel/index.ts'
import type { UsageEvent } from './usage-event.ts'

/** Stored for ever: another rule needs another name, and both must be understood from then on. */
const IDENTITY_RULE = 'meterbook/event-identity/1'
const CONTENT_RULE = 'meterbook/event-content/1'
/** 16 of the 32 bytes: collisions stay out of reach (2^64 events), and the key is half as wide. */
const HEX_DIGITS = 32

/**
 * Which event this is: 32 hex digits from (app, source, id), compared as written. The app is its id, as the credential says.
 * Nothing else belongs to it, above all not the time, and it never expires.
 */
export function eventIdentity(event: { app: string; source: string; id: string }, sha256: Sha256): string {
  return sha256(canonicalTuple([IDENTITY_RULE, event.app, event.source, event.id])).slice(0, HEX_DIGITS)
}

/**
 * What this event says: 32 hex digits from type, subject, app (its id), environment, installation and data, compared as
 * values. Not the time, since clients that fill in "now" re-send an honest retry with another one; not other extensions,
 * since a retry has a new trace.
 */
export function contentDigest(
  event: Pick<UsageEvent, 'type' | 'subject' | 'environment' | 'installation' | 'data'> & { app: string },
  sha256: Sha256,
): string {
  const { type, subject, app, environment, installation, data } = event
  const content = data === null ? null : canonicalJson(data)
  return sha256(canonicalTuple([CONTENT_RULE, type, subject, app, environment, installation, content])).slice(
    0,
    HEX_DIGITS,
  )
}
