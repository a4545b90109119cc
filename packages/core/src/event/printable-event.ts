import { isJsonObject, type JsonObject, type JsonValue, type ParsedJson, parseInstant } from '../kernel/index.ts'
import { uriReferenceFault } from './attribute-rules.ts'
import { ATTRIBUTE_NAMES, type CloudEventResult, NO_EXTENSIONS } from './cloud-event.ts'
import { ENVIRONMENT_DEFAULT, type UsageEvent } from './usage-event.ts'

/**
 * Reads an event as most are sent: every string printable ASCII (which the caller knows), attributes that are all known, data an object.
 * Null where there is anything else to look at, let alone to refuse: then readCloudEvent decides, and it would have given the
 * same event here. A fifth of its cost, since it names no faults.
 */
export function readPrintableEvent(parsed: ParsedJson): CloudEventResult | null {
  if (!parsed.ok || !isJsonObject(parsed.value) || !hasKnownAttributes(parsed.value)) return null
  const { specversion, id, source, type, subject, time, environment, installation, app, data } = parsed.value
  if (specversion !== '1.0' || !isFilled(id) || !isFilled(type) || !isFilled(source) || !isUriReference(source))
    return null
  if (!isUnsetOrFilled(subject) || !isUnsetOrFilled(environment)) return null
  if (!isUnsetOrFilled(installation) || !isUnsetOrFilled(app)) return null
  const instant = typeof time === 'string' ? parseInstant(time) : null
  if (instant === null ? isSet(time) : !instant.ok) return null
  if (isSet(data) && !isJsonObject(data)) return null
  const event: UsageEvent = {
    id,
    source,
    type,
    subject: subject ?? null,
    time: instant?.ok ? instant.value : null,
    environment: environment ?? ENVIRONMENT_DEFAULT,
    installation: installation ?? null,
    app: app ?? null,
    data: isJsonObject(data) ? data : null,
    extensions: NO_EXTENSIONS,
  }
  return { ok: true, event }
}

/** Those that say how to read the others have rules of their own. */
const CAREFUL_NAMES: ReadonlySet<string> = new Set(['datacontenttype', 'dataschema', 'data_base64'])

function hasKnownAttributes(event: JsonObject): boolean {
  for (const name in event) if (!ATTRIBUTE_NAMES.has(name) || CAREFUL_NAMES.has(name)) return false
  return true
}

function isFilled(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null
}

function isUnsetOrFilled(value: JsonValue | undefined): value is string | null | undefined {
  return !isSet(value) || isFilled(value)
}

const references = new Set<string>()
const REFERENCES_MAX = 1_000
const REFERENCE_LENGTH_MAX = 256

/** Senders have few sources: those that were found good are remembered. */
function isUriReference(text: string): boolean {
  if (references.has(text)) return true
  if (uriReferenceFault(text)) return false
  if (references.size >= REFERENCES_MAX) references.clear()
  if (text.length <= REFERENCE_LENGTH_MAX) references.add(text)
  return true
}
