import { type KeyState, keyState } from '@meterbook/core/event'
import type { StoredKey } from '@meterbook/db/postgres'
import { KeyPurpose, SCOPES } from './key-terms-input.ts'

/** A key as the pages show it; its secret is not among what the database knows. */
export interface KeyView {
  id: string
  kind: StoredKey['kind']
  /** The readable beginning of the key. */
  shown: string
  name: string
  /** The app's slug; null for a platform service's key. */
  app: string | null
  /** Null for a mixture that no page makes. */
  purpose: KeyPurpose | null
  scopes: string[]
  eventTypes: string[]
  environments: string[]
  eventsPerSecond: number | null
  requestsPerSecond: number | null
  state: KeyState
  createdAt: string
  createdBy: string | null
  expiresAt: string | null
  revokedAt: string | null
  lastUsedAt: string | null
}

export function keyView(key: StoredKey, { app, nowMs }: { app: string | null; nowMs: number }): KeyView {
  return {
    id: key.id,
    kind: key.kind,
    shown: `${key.kind === 'ingest' ? 'mbk' : 'mbs'}_${key.prefix}_…`,
    name: key.name,
    app,
    purpose: KeyPurpose.options.find((purpose) => isSame(SCOPES[purpose], key.scopes)) ?? null,
    scopes: key.scopes,
    eventTypes: key.eventTypes,
    environments: key.environments,
    eventsPerSecond: key.eventsPerSecond,
    requestsPerSecond: key.requestsPerSecond,
    state: keyState({
      expiresAtMs: key.expiresAt?.getTime() ?? null,
      revokedAtMs: key.revokedAt?.getTime() ?? null,
      isReplaced: key.replacedBy !== null,
      nowMs,
    }),
    createdAt: key.createdAt.toISOString(),
    createdBy: key.createdByName ?? key.createdBy,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((scope) => b.includes(scope))
}
