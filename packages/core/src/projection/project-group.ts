import { type AttributionFault, attribute } from '../attribution/index.ts'
import type { JournalPlace, UsageEvent } from '../event/index.ts'
import type { Instant } from '../kernel/index.ts'
import type { MeasureFault } from '../meter/index.ts'
import type { EventTimeFault } from './event-time.ts'
import type { Projector } from './projector.ts'

/** `cancelled` and `dismissed` are what an operator's act makes of an event; the others are what the pipeline finds. */
export type Verdict = 'counted' | 'duplicate' | 'conflict' | 'quarantined' | 'cancelled' | 'dismissed'
export type QuarantineReason =
  | AttributionFault['code']
  | MeasureFault['code']
  | EventTimeFault['code']
  | 'unknown_type'
  | 'not_entitled'

/** One event as the journal holds it, with its identity: position is (shard, batch, pos), all in one shard. */
export interface IdentifiedEvent extends JournalPlace {
  appId: string
  receivedAt: Instant
  event: UsageEvent
  /** 32 hex digits each. */
  identity: string
  digest: string
}

/** The first event of an identity: what a later one is compared with and points back to. */
export interface SeenEvent extends JournalPlace {
  digest: string
}

/** What one meter version recorded of one event. `quantity` in the base measure, times 10^30. */
export interface UsageRecord {
  meter: string
  meterVersion: number
  isExempt: boolean
  quantity: bigint
  uniqueValue: string
  dimensions: [string, string][]
  entitlementId: string
}

export interface ProjectedEvent {
  source: IdentifiedEvent
  at: Instant
  spaceId: string
  verdict: Verdict
  reason: QuarantineReason | ''
  detail: string
  /** Set for a duplicate or a conflict: where the event is that came first. */
  original: JournalPlace | null
  records: UsageRecord[]
}

/**
 * The verdict on each event of a group, in journal order. `seen` holds the identities of EARLIER groups that occur in this one (others
 * may be in it too); identities that begin in this group are tracked here. Both counted and held events claim their identity: the
 * first one taken stands. `mayRepeat`, by index: false only where no other event has this identity, neither in this group nor before it;
 * those are not looked for at all.
 */
export function projectGroup(input: {
  events: readonly IdentifiedEvent[]
  seen: ReadonlyMap<string, SeenEvent>
  projector: Projector
  mayRepeat?: (index: number) => boolean
}): ProjectedEvent[] {
  const { seen, mayRepeat } = input
  const begun = new Map<string, SeenEvent>()
  return input.events.map((source, index) => {
    const at = source.event.time ?? source.receivedAt
    if (mayRepeat === undefined || mayRepeat(index)) {
      const original = seen.get(source.identity) ?? begun.get(source.identity)
      if (original !== undefined) return repeated({ source, at, original, projector: input.projector })
      begun.set(source.identity, { digest: source.digest, batch: source.batch, pos: source.pos })
    }
    const { spaceId, reason, detail, records } = input.projector.project({
      event: source.event,
      appId: source.appId,
      at,
      receivedAt: source.receivedAt,
    })
    return {
      source,
      at,
      spaceId,
      verdict: reason === null ? 'counted' : 'quarantined',
      reason: reason ?? '',
      detail,
      original: null,
      records,
    }
  })
}

/** Attributed, so that its space can be shown it, and not measured: nothing is recorded of it. */
function repeated(input: {
  source: IdentifiedEvent
  at: Instant
  original: SeenEvent
  projector: Projector
}): ProjectedEvent {
  const { source, at, original, projector } = input
  const { appId, event } = source
  const attribution = attribute({ catalogue: projector.catalogue, appId, installation: event.installation, at })
  const isSame = source.digest === original.digest
  return {
    source,
    at,
    original,
    spaceId: attribution.ok ? attribution.spaceId : '',
    verdict: isSame ? 'duplicate' : 'conflict',
    reason: '',
    detail: isSame
      ? ''
      : 'expected the content that this source and id had the first time, found other content; the first stands',
    records: [],
  }
}
