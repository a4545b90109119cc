import {
  canonicalJsonPart,
  canonicalPart,
  canonicalPrintableJson,
  canonicalTuple,
  type Sha256,
} from '../kernel/index.ts'
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
  const begin = beginOfIdentity(event.app)
  return sha256(begin + canonicalPart(event.source) + canonicalPart(event.id)).slice(0, HEX_DIGITS)
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
  const text =
    BEGIN_OF_CONTENT +
    canonicalPart(type) +
    canonicalPart(subject) +
    canonicalPart(app) +
    canonicalPart(environment) +
    canonicalPart(installation) +
    (data === null ? canonicalPart(null) : canonicalJsonPart(data))
  return sha256(text).slice(0, HEX_DIGITS)
}

type Content = Parameters<typeof contentDigest>[0]

/** eventIdentity where source and id are known to be ASCII: a character is a byte. */
export function asciiIdentity(event: { app: string; source: string; id: string }, sha256: Sha256): string {
  return sha256(beginOfIdentity(event.app) + asciiPart(event.source) + asciiPart(event.id)).slice(0, HEX_DIGITS)
}

/** contentDigest where all texts are known to be printable ASCII that no escape was needed for. */
export function printableDigest(event: Content, sha256: Sha256): string {
  const { type, subject, app, environment, installation, data } = event
  const text =
    BEGIN_OF_CONTENT +
    asciiPart(type) +
    asciiPart(subject) +
    canonicalPart(app) +
    asciiPart(environment) +
    asciiPart(installation) +
    asciiPart(data === null ? null : canonicalPrintableJson(data))
  return sha256(text).slice(0, HEX_DIGITS)
}

function asciiPart(part: string | null): string {
  return part === null ? '-,' : `${part.length}:${part},`
}

const BEGIN_OF_CONTENT = canonicalPart(CONTENT_RULE)

let latest = { app: '', begin: '' }

/** A batch is of one app: what its identities have in common is written once. */
function beginOfIdentity(app: string): string {
  if (latest.app !== app || latest.begin === '') latest = { app, begin: canonicalTuple([IDENTITY_RULE, app]) }
  return latest.begin
}
