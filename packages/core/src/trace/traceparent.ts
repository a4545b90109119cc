import { sha256 } from '../kernel/index.ts'

/** Where a sender's trace goes on with us: lower-case hex, 32 digits of the trace and 16 of the span that sent it. */
export interface TraceContext {
  traceId: string
  parentId: string
  /** The sender keeps this trace: whoever comes after it should too. */
  isSampled: boolean
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const SAMPLED = 1

/**
 * W3C Trace Context: `00-<trace>-<span>-<flags>`. Null for what is not of that form, all zeros included, which are nobody's. A version to come may say more
 * behind it; version 00 may not.
 */
export function parseTraceparent(text: string): TraceContext | null {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || parentId === undefined || flags === undefined) return null
  if (version === 'ff' || (version === '00' && more !== undefined)) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}

/** The trace of an event that brought none: made of its place in the journal, and so the same whenever it is asked. */
export function traceOfPlace(place: { shard: number; batch: bigint; pos: number }): string {
  return sha256(`meterbook/trace/${place.shard}/${place.batch}/${place.pos}`).slice(0, 32)
}
