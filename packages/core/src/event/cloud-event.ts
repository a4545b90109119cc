import { z } from 'zod'
import {
  ExactNumber,
  isJsonObject,
  type JsonIssue,
  type JsonObject,
  type JsonValue,
  type ParsedJson,
  parseInstant,
} from '../kernel/index.ts'
import {
  type AttributeFault,
  base64Fault,
  filledStringFault,
  mediaTypeFault,
  specVersionFault,
  stringFault,
  uriFault,
  uriReferenceFault,
} from './attribute-rules.ts'
import { decodeData } from './event-data.ts'
import { ENVIRONMENT_DEFAULT, type EventError, type UsageEvent } from './usage-event.ts'

/** A text attribute; its faults carry our codes. */
function attribute(rule: (text: string) => AttributeFault | undefined, description: string) {
  return z
    .string()
    .check(({ value, issues }) => {
      const fault = rule(value)
      if (fault) issues.push({ code: 'custom', input: value, params: { code: fault.code }, message: fault.message })
    })
    .meta({ description })
}

const time = z
  .string()
  .transform((text, { issues }) => {
    const instant = parseInstant(text)
    if (instant.ok) return instant.value
    const code = text === '' ? 'empty' : instant.code
    const message = code === 'range' ? 'expected a moment that exists' : 'expected an RFC 3339 timestamp with an offset'
    issues.push({ code: 'custom', input: text, params: { code }, message })
    return z.NEVER
  })
  .meta({ description: 'When it happened: RFC 3339, kept to the microsecond. Missing or null: the time of receipt.' })

/**
 * A CloudEvents 1.0 event in JSON, with the extension attributes that are ours. Any other attribute of a legal name is
 * kept. An attribute that is null counts as unset.
 */
export const CloudEvent = z.object({
  specversion: attribute(specVersionFault, 'Always 1.0'),
  id: attribute(filledStringFault, 'Unique within its source; the same source and id again is the same event'),
  source: attribute(uriReferenceFault, 'Who reports: a URI-reference, compared as it is written'),
  type: attribute(filledStringFault, 'What happened: meters select by it'),
  subject: attribute(filledStringFault, 'Who used it, where a meter wants to know').nullish(),
  time: time.nullish(),
  datacontenttype: attribute(mediaTypeFault, 'A JSON media type; application/json if missing').nullish(),
  dataschema: attribute(uriFault, 'An absolute URI').nullish(),
  data_base64: attribute(base64Fault, 'JSON in base64, instead of data').nullish(),
  environment: attribute(filledStringFault, `Default: ${ENVIRONMENT_DEFAULT}`).nullish(),
  installation: attribute(filledStringFault, "The customer's site that used the app").nullish(),
  app: attribute(filledStringFault, 'Only for keys of platform services: the app, by id or slug').nullish(),
  data: z
    .unknown()
    .optional()
    .meta({ type: ['object', 'null'], description: 'What meters measure' }),
})
export type CloudEvent = z.infer<typeof CloudEvent>

export type CloudEventResult = { ok: true; event: UsageEvent } | { ok: false; errors: EventError[] }

/** Reads and checks one event in JSON form. All that is wrong with it is reported at once. */
export function readCloudEvent(parsed: ParsedJson): CloudEventResult {
  if (!parsed.ok) return { ok: false, errors: [{ field: '', code: 'json', message: parsed.issue.message }] }
  if (!isJsonObject(parsed.value)) {
    return { ok: false, errors: [{ field: '', code: 'structure', message: 'expected an event: a JSON object' }] }
  }
  const errors: EventError[] = parsed.issues.map(errorOfIssue)
  const extensions = readExtensions(parsed.value, errors)
  const attributes = CloudEvent.safeParse(parsed.value)
  if (!attributes.success) {
    for (const issue of attributes.error.issues) add(errors, errorOfZodIssue(issue, parsed.value))
    return { ok: false, errors }
  }
  const data = decodeData(attributes.data, Object.hasOwn(parsed.value, 'data'))
  if (!data.ok) for (const error of data.errors) add(errors, error)
  if (!data.ok || errors.length > 0) return { ok: false, errors }
  return { ok: true, event: usageEvent(attributes.data, data.value, extensions) }
}

function usageEvent(attributes: CloudEvent, data: JsonObject | null, extensions: UsageEvent['extensions']): UsageEvent {
  return {
    id: attributes.id,
    source: attributes.source,
    type: attributes.type,
    subject: attributes.subject ?? null,
    time: attributes.time ?? null,
    environment: attributes.environment ?? ENVIRONMENT_DEFAULT,
    installation: attributes.installation ?? null,
    app: attributes.app ?? null,
    data,
    extensions,
  }
}

/** An event that was once taken, from its JSON: the same meaning, without the checks. */
export function readTrustedEvent(value: JsonValue): UsageEvent {
  const event = value as { [Name in keyof CloudEvent]?: string | null } & JsonObject
  const { time } = event
  const instant = time === undefined || time === null ? null : parseInstant(time)
  const data = decodeData(event, event.data !== undefined)
  if (!data.ok || instant?.ok === false) throw new Error('expected a journal body with events as they were taken')
  return {
    id: event.id as string,
    source: event.source as string,
    type: event.type as string,
    subject: event.subject ?? null,
    time: instant === null ? null : instant.value,
    environment: event.environment ?? ENVIRONMENT_DEFAULT,
    installation: event.installation ?? null,
    app: event.app ?? null,
    data: data.value,
    extensions: trustedExtensions(event),
  }
}

/** Shared by all events that have none: nobody adds to an event that was read. */
export const NO_EXTENSIONS: UsageEvent['extensions'] = Object.freeze({})

function trustedExtensions(event: JsonObject): UsageEvent['extensions'] {
  let extensions: UsageEvent['extensions'] | undefined
  for (const name in event) {
    if (ATTRIBUTE_NAMES.has(name) || event[name] === null) continue
    extensions ??= {}
    extensions[name] = event[name] as string | boolean | number
  }
  return extensions ?? NO_EXTENSIONS
}

export const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set(Object.keys(CloudEvent.shape))

const NAME = /^[a-z0-9]+$/
const INTEGER = /^-?(?:0|[1-9]\d*)$/
const INTEGER_MIN = -2_147_483_648
const INTEGER_MAX = 2_147_483_647

/** Everything that is not an attribute we know: kept if CloudEvents allows it, never refused for being unknown. */
function readExtensions(event: JsonObject, errors: EventError[]): UsageEvent['extensions'] {
  const extensions: UsageEvent['extensions'] = {}
  for (const name in event) {
    if (ATTRIBUTE_NAMES.has(name)) continue
    const value = event[name] as JsonValue
    if (!NAME.test(name)) {
      add(errors, { field: name, code: 'name', message: 'expected an attribute name of a-z and 0-9 only' })
    } else if (typeof value === 'string') {
      const fault = stringFault(value)
      if (fault) add(errors, { field: name, ...fault })
      else extensions[name] = value
    } else if (typeof value === 'boolean') {
      extensions[name] = value
    } else if (value !== null) {
      const code = integerFault(value)
      if (code) add(errors, { field: name, code, message: 'expected a string, a boolean or an integer of 32 bits' })
      else extensions[name] = value as number
    }
  }
  return extensions
}

function integerFault(value: JsonValue): 'type' | 'range' | undefined {
  if (value instanceof ExactNumber) return INTEGER.test(value.text) ? 'range' : 'type'
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'type'
  return value < INTEGER_MIN || value > INTEGER_MAX ? 'range' : undefined
}

/** Enough to see what is wrong; an event of nothing but faults must not cost more than a good one. */
const ERRORS_MAX = 10

/** One complaint for each attribute and reason, though two checks may have seen it. */
function add(errors: EventError[], error: EventError): void {
  if (errors.length >= ERRORS_MAX) return
  if (!errors.some(({ field, code }) => field === error.field && code === error.code)) errors.push(error)
}

/** An attribute by its name, what lies below one by a JSON pointer. */
function errorOfIssue({ code, path, message }: JsonIssue): EventError {
  const [first = ''] = path
  // The whole way down to what is too deep would be a screen long and say nothing.
  const isAttribute = path.length < 2 || code === 'depth'
  const pointer = () => path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return { field: isAttribute ? String(first) : pointer(), code: code === 'fraction' ? 'type' : code, message }
}

function errorOfZodIssue(issue: z.core.$ZodIssue, event: JsonObject): EventError {
  const field = String(issue.path[0] ?? '')
  const value = event[field]
  if (issue.code === 'custom') {
    return { field, code: issue.params?.code as AttributeFault['code'], message: issue.message }
  }
  if (value === undefined || value === null) return { field, code: 'required', message: `expected ${field}` }
  return { field, code: 'type', message: 'expected a string' }
}
