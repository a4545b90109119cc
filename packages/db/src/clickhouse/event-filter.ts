import { TEST_INSTALLATION } from '@meterbook/core/event'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { Verdict } from '@meterbook/core/projection'
import type { Binder } from './usage-filter.ts'

/** Which events. Whose they are comes first, and is never left out by accident: null must be written. */
export interface EventFilter {
  /** null: every app; only for who runs the platform */
  appIds: readonly string[] | null
  /** only what is attributed to this space; null: to any, or to none */
  spaceId: string | null
  /** null: all of them */
  environments: readonly string[] | null
  verdicts?: readonly Verdict[] | undefined
  reasons?: readonly string[] | undefined
  types?: readonly string[] | undefined
  subject?: string | undefined
  /** Of the event's own time, [from, to). */
  from?: Instant | undefined
  to?: Instant | undefined
  /** Of its receipt, [receivedFrom, receivedTo). */
  receivedFrom?: Instant | undefined
  receivedTo?: Instant | undefined
  /** Occurs in source, id, subject or detail, whatever the case. */
  text?: string | undefined
  /** Occurs in the id, as written. */
  idPart?: string | undefined
  /** Only events that came first: no duplicate and no conflict, whatever became of them. */
  isFirst?: boolean | undefined
  /** No test events: what is held of them is nobody's to cure, and stands in no month's way. */
  isReal?: boolean | undefined
}

/**
 * The rows in force of the events that a filter names. A reversal is a copy of the row it reverses, so that the same conditions find both,
 * and those reversed, which are few, are taken out by their entry.
 */
export function inForce(filter: EventFilter, binder: Binder): string {
  const conditions = eventConditions(filter, binder).join(' AND ')
  return `sign = 1 AND ${conditions} AND (shard, entry_batch, entry_pos) NOT IN (
      SELECT shard, entry_batch, entry_pos FROM event_index WHERE sign = -1 AND ${conditions}
    )`
}

function eventConditions(filter: EventFilter, { bind }: Binder): string[] {
  const { appIds, spaceId, environments, verdicts, reasons, types, subject, from, to, text, idPart } = filter
  return [
    'true',
    ...(appIds === null ? [] : [appCondition(appIds, bind)]),
    ...(spaceId === null ? [] : [`space = ${bind(spaceId, 'String')}`]),
    ...(environments === null ? [] : [`environment IN ${bind(environments, 'Array(String)')}`]),
    ...(verdicts === undefined ? [] : [`verdict IN ${bind(verdicts, 'Array(String)')}`]),
    ...(reasons === undefined ? [] : [`reason IN ${bind(reasons, 'Array(String)')}`]),
    ...(types === undefined ? [] : [`type IN ${bind(types, 'Array(String)')}`]),
    ...(subject === undefined ? [] : [`subject = ${bind(subject, 'String')}`]),
    ...(from === undefined ? [] : [`occurred_at >= ${instant(from, bind)}`]),
    ...(to === undefined ? [] : [`occurred_at < ${instant(to, bind)}`]),
    ...(filter.receivedFrom === undefined ? [] : [`received_at >= ${instant(filter.receivedFrom, bind)}`]),
    ...(filter.receivedTo === undefined ? [] : [`received_at < ${instant(filter.receivedTo, bind)}`]),
    ...(idPart === undefined ? [] : [`position(event_id, ${bind(idPart, 'String')}) > 0`]),
    ...(filter.isFirst === true ? ['original_batch = 0'] : []),
    ...(filter.isReal === true ? [`installation != ${bind(TEST_INSTALLATION, 'String')}`] : []),
    ...(text === undefined
      ? []
      : [
          `positionCaseInsensitiveUTF8(concat(source, '\\n', event_id, '\\n', subject, '\\n', detail), ${bind(text, 'String')}) > 0`,
        ]),
  ]
}

/** Equality with one app lets the server read the newest first in the order of the table, without sorting. */
function appCondition(appIds: readonly string[], bind: Binder['bind']): string {
  const [only] = appIds
  return appIds.length === 1 && only !== undefined
    ? `app = ${bind(only, 'String')}`
    : `app IN ${bind(appIds, 'Array(String)')}`
}

export function instant(value: Instant, bind: Binder['bind']): string {
  return `parseDateTime64BestEffort(${bind(formatInstant(value), 'String')}, 6, 'UTC')`
}
