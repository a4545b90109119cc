import { type EventError, TEST_INSTALLATION, type UsageEvent } from './usage-event.ts'

/** Who sends, as the credential says: decided before a byte of the body is read. */
export type KeyHolder = {
  keyId: string
  /** `ingest`: belongs to one app. `service`: may send for any app, and names it in each event. */
  kind: 'ingest' | 'service'
  /** Set for `ingest`, null for `service`. */
  app: { id: string; slug: string; shard: number } | null
  scopes: readonly string[]
  /** What the key is restricted to; null: anything. */
  eventTypes: readonly string[] | null
  environments: readonly string[] | null
  /** What it may send each second, counted over a minute; null: what the process allows anybody. */
  eventsPerSecond: number | null
  requestsPerSecond: number | null
}

/** The right that a key needs to send events. */
export const USAGE_WRITE_SCOPE = 'events:write'
/** The right to read usage. */
export const USAGE_READ_SCOPE = 'usage:read'
/** The right to send test events, which nobody is billed for. */
export const TEST_WRITE_SCOPE = 'events:test'

const NAMED_MAX = 10
const FOUND_CHARACTERS_MAX = 100

/** What is outside the key's scope in an event that is well-formed; undefined if the key may send it. */
export function scopeFault(event: UsageEvent, key: KeyHolder): EventError | undefined {
  if (event.installation === TEST_INSTALLATION) {
    if (!key.scopes.includes(TEST_WRITE_SCOPE)) {
      const message = `expected a key with the right ${TEST_WRITE_SCOPE}: ${TEST_INSTALLATION} marks events that are never billed`
      return { field: 'installation', code: 'forbidden', message }
    }
  } else if (!key.scopes.includes(USAGE_WRITE_SCOPE)) {
    const message = `expected the installation ${TEST_INSTALLATION}, found ${quoted(event.installation)}: this key sends test events only`
    return { field: 'installation', code: 'forbidden', message }
  }
  if (key.eventTypes !== null && !key.eventTypes.includes(event.type)) {
    return { field: 'type', code: 'forbidden', message: outside('type', key.eventTypes, event.type) }
  }
  if (key.environments !== null && !key.environments.includes(event.environment)) {
    return {
      field: 'environment',
      code: 'forbidden',
      message: outside('environment', key.environments, event.environment),
    }
  }
}

function outside(what: string, allowed: readonly string[], found: string): string {
  const named = allowed.slice(0, NAMED_MAX).map(quoted).join(', ')
  const more = allowed.length > NAMED_MAX ? ` or one of ${allowed.length - NAMED_MAX} more` : ''
  return `expected the ${what} ${named}${more}, which is all that this key may send, found ${quoted(found)}`
}

/** As JSON writes it, so that nothing odd in it is taken for a part of the sentence; cut to a length that fits one. */
function quoted(text: string | null): string {
  if (text === null) return 'none'
  return JSON.stringify(text.length > FOUND_CHARACTERS_MAX ? `${text.slice(0, FOUND_CHARACTERS_MAX)}…` : text)
}
