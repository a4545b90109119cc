import { hash } from 'node:crypto'
import { contentDigest, eventIdentity } from '@meterbook/core/event'
import type { ProjectedEvent, UsageRecord } from '@meterbook/core/projection'

const sha256 = (text: string) => hash('sha256', text, 'hex')
const MINUTE = 60_000_000n
export const BASE_AT = 1_782_907_200_123_456n

/** A projected event of `batch` as the store is given it, with quiet defaults. Fixture of tests only. */
export function projected(input: {
  batch: bigint
  pos: number
  verdict?: ProjectedEvent['verdict']
  id?: string
  at?: bigint
  records?: UsageRecord[]
}): ProjectedEvent {
  const { batch, pos, verdict = 'counted' } = input
  const id = input.id ?? `${batch}-${pos}`
  const at = input.at ?? BASE_AT + BigInt(pos) * MINUTE
  const event = {
    id,
    source: '/test',
    type: 'prompt',
    subject: 'ann',
    time: at,
    environment: 'production',
    installation: null,
    app: null,
    data: { tokens: pos },
    extensions: {},
  }
  return {
    source: {
      batch,
      pos,
      appId: 'app',
      receivedAt: BASE_AT,
      event,
      identity: eventIdentity({ app: 'app', source: event.source, id }, sha256),
      digest: contentDigest({ ...event, app: 'app' }, sha256),
    },
    at,
    spaceId: 'space',
    verdict,
    reason: verdict === 'quarantined' ? 'value_missing' : '',
    detail: '',
    original: verdict === 'duplicate' || verdict === 'conflict' ? { batch: 1n, pos: 0 } : null,
    records: input.records ?? (verdict === 'counted' ? [record('tokens', pos), record('users', pos)] : []),
  }
}

function record(meter: string, pos: number): UsageRecord {
  return {
    meter,
    meterVersion: 1,
    isExempt: false,
    quantity: BigInt(pos - 5) * 10n ** 29n,
    uniqueValue: meter === 'users' ? `user-${pos % 7}` : '',
    dimensions: [['model', pos % 2 === 0 ? 'm' : '']],
    entitlementId: 'entitlement',
  }
}
