// server/keys: who makes, replaces and ends the credentials that usage is sent with.
// Promises: each act is audited in its own transaction; a key's text leaves this room once, in the answer that made it, and is written nowhere.
// Does not know: how a key is verified, what was sent with it.
import { keyState } from '@meterbook/core/event'
import {
  appendAudit,
  inTransaction,
  issueKey,
  listKeys,
  lockKey,
  type Pool,
  type PoolClient,
  revokeKey,
  rotateKey,
  type StoredKey,
} from '@meterbook/db/postgres'
import type { z } from 'zod'
import { type KeyTermsInput, type RevocationInput, type RotationInput, SCOPES } from './key-terms-input.ts'
import { type KeyView, keyView } from './key-view.ts'

/** Whose keys: one app's, in the space that owns it, or (null) those of platform services. */
export type KeyOwner = { app: { id: string; slug: string }; spaceId: string } | null

/** Who acts, for the audit log. `id` null: the operator at the command line. */
export type KeyActor = { id: string; requestId: string | null }

/** The caller's mistake, in words for them. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused'
  readonly code: 'not_found' | 'conflict'

  constructor(code: 'not_found' | 'conflict', message: string) {
    super(message)
    this.code = code
  }
}

type Issued = { key: string; view: KeyView }

/** `key`: its text, for this once. */
export function createKey(
  pool: Pool,
  { owner, terms, actor }: { owner: KeyOwner; terms: KeyTermsInput; actor: KeyActor },
): Promise<Issued> {
  const { purpose, ...rest } = terms
  return inTransaction(pool, async (tx) => {
    const { stored, key } = await issueKey(tx, {
      ...rest,
      scopes: SCOPES[purpose],
      appId: owner?.app.id ?? null,
      createdBy: actor.id,
    })
    await audit(tx, { act: 'key.create', owner, actor, key: stored, after: plain(stored) })
    return { key, view: viewOf(stored, owner) }
  })
}

/** Makes another key of the same terms. Throws KeyRefused for one that is not there or has ended. */
export function replaceKey(
  pool: Pool,
  { owner, rotation, actor }: { owner: KeyOwner; rotation: z.output<typeof RotationInput>; actor: KeyActor },
): Promise<Issued & { old: KeyView }> {
  return inTransaction(pool, async (tx) => {
    const before = await lockOwned(tx, owner, rotation.id)
    const state = stateOf(before)
    if (state !== 'active')
      throw new KeyRefused('conflict', `expected a key that is active, found one that is ${state}`)
    const { old, issued } = await rotateKey(tx, {
      old: before,
      overlapUntil: rotation.overlapUntil ?? new Date(),
      expiresAt: rotation.expiresAt,
      createdBy: actor.id,
    })
    const after = { old: plain(old), new: plain(issued.stored) }
    await audit(tx, { act: 'key.rotate', owner, actor, key: before, before: plain(before), after })
    return { key: issued.key, view: viewOf(issued.stored, owner), old: viewOf(old, owner) }
  })
}

/** Ends a key at once. Done again, it changes nothing and is not audited again. */
export function endKey(
  pool: Pool,
  { owner, revocation, actor }: { owner: KeyOwner; revocation: z.output<typeof RevocationInput>; actor: KeyActor },
): Promise<KeyView> {
  return inTransaction(pool, async (tx) => {
    const before = await lockOwned(tx, owner, revocation.id)
    if (before.revokedAt !== null) return viewOf(before, owner)
    const after = await revokeKey(tx, { kind: before.kind, id: before.id, revokedBy: actor.id })
    if (after === null) throw new Error(`expected key ${before.id}, which is locked, found none`)
    const reason = revocation.reason === '' ? null : revocation.reason
    await audit(tx, {
      act: 'key.revoke',
      owner,
      actor,
      key: before,
      before: plain(before),
      after: plain(after),
      reason,
    })
    return viewOf(after, owner)
  })
}

/** The keys of these apps, the newest first; the operator's view of services is `null`. */
export async function readKeys(pool: Pool, apps: readonly { id: string; slug: string }[] | null): Promise<KeyView[]> {
  const nowMs = Date.now()
  const slugs = new Map(apps?.map(({ id, slug }) => [id, slug]))
  const keys = await listKeys(pool, apps === null ? null : [...slugs.keys()])
  return keys.map((key) => keyView(key, { app: key.appId === null ? null : (slugs.get(key.appId) ?? null), nowMs }))
}

/** A key of another app is the same as none. */
async function lockOwned(tx: PoolClient, owner: KeyOwner, id: string): Promise<StoredKey> {
  const key = await lockKey(tx, { kind: owner === null ? 'service' : 'ingest', id })
  if (key !== null && key.appId === (owner?.app.id ?? null)) return key
  throw new KeyRefused('not_found', 'No such key')
}

function audit(
  tx: PoolClient,
  input: {
    act: string
    owner: KeyOwner
    actor: KeyActor
    key: StoredKey
    before?: object
    after: object
    reason?: string | null
  },
): Promise<bigint> {
  const { act, owner, actor, key, before, after, reason = null } = input
  return appendAudit(tx, {
    actorId: actor.id,
    act,
    targetType: key.kind === 'ingest' ? 'ingest_key' : 'service_key',
    targetId: key.id,
    spaceId: owner?.spaceId ?? null,
    ...(before && { before }),
    after,
    reason,
    requestId: actor.requestId,
  })
}

/** Everything but what changes by itself. There is no secret in it to leave out. */
function plain({ lastUsedAt: _, createdByName: __, ...key }: StoredKey): object {
  return key
}

function viewOf(key: StoredKey, owner: KeyOwner): KeyView {
  return keyView(key, { app: owner?.app.slug ?? null, nowMs: Date.now() })
}

function stateOf(key: StoredKey) {
  return keyState({
    expiresAtMs: key.expiresAt?.getTime() ?? null,
    revokedAtMs: key.revokedAt?.getTime() ?? null,
    isReplaced: key.replacedBy !== null,
    nowMs: Date.now(),
  })
}
