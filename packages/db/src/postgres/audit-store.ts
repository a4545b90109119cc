import { hash } from 'node:crypto'
import type { JsonValue } from '@meterbook/core/kernel'
import { auditColumnsOf, auditEntryOf, type ChainHead, sealAuditEntry } from '@meterbook/core/ledger'
import { microsOf } from './micros-of.ts'
import type { PoolClient } from './pool.ts'

/** An entry's text; what a person does is described in far less. */
const AUDIT_TEXT_LENGTH_MAX = 1_000_000

/** Plain JSON: decimals as text, never a secret. A bigint becomes its text, a Date its ISO text, a member that is undefined is left out. */
export type AuditValue = object | string | number | boolean | null

/** What an admin does, to what, and why. */
export interface AuditedAct {
  /** The person's id; null: the platform by itself, or its operator at the command line. */
  actorId: string | null
  /** What is done, as `noun.verb`: `member.remove`. */
  act: string
  targetType: string
  targetId: string
  spaceId?: string | null
  before?: AuditValue
  after?: AuditValue
  reason?: string | null
  requestId?: string | null
}

/**
 * Writes an act into the audit log, in the transaction that does it: both are there or neither is. Returns its number. The log is one chain, so from
 * here to the end of the transaction nobody else appends: call it LAST, after every other lock was taken, or two acts wait for each other. Throws
 * ZodError for one that is not in the format, RangeError for one too long to keep; the caller's transaction is then to be rolled back.
 */
export async function appendAudit(tx: PoolClient, act: AuditedAct): Promise<bigint> {
  const { head, recordedAt } = await lockAuditHead(tx)
  const { before, after, spaceId = null, reason = null, requestId = null, ...rest } = act
  const values = {
    ...(before === undefined ? {} : { before: plain(before) }),
    ...(after === undefined ? {} : { after: plain(after) }),
  }
  const entry = auditEntryOf({ ...rest, spaceId, reason, requestId, ...values }, recordedAt)
  const sealed = sealAuditEntry({ head, entry, sha256 })
  if (sealed.canonical.length > AUDIT_TEXT_LENGTH_MAX) {
    throw new RangeError(
      `expected an act of at most ${AUDIT_TEXT_LENGTH_MAX} characters, found ${sealed.canonical.length}`,
    )
  }
  const sequence = head.sequence + 1n
  const columns = auditColumnsOf(entry)
  await tx.query({
    name: 'audit-append',
    text: `WITH moved AS (UPDATE audit_head SET sequence = $1, hash = decode($11, 'hex') WHERE id = 1)
      INSERT INTO audit_entry (sequence, recorded_at, actor_id, act, target_type, target_id, space_id, request_id, reason, canonical, hash, previous_hash)
      VALUES ($1, $2::timestamptz, $3, $4, $5, $6, $7, $8, $9, $10, decode($11, 'hex'), decode($12, 'hex'))`,
    values: [
      sequence.toString(),
      columns.recordedAt,
      columns.actorId,
      columns.act,
      columns.targetType,
      columns.targetId,
      columns.spaceId,
      columns.requestId,
      columns.reason,
      sealed.canonical,
      sealed.hash,
      head.hash,
    ],
  })
  return sequence
}

/** The end of the chain, locked, and the moment after that: entries stand in the order of their times. */
async function lockAuditHead(tx: PoolClient): Promise<{ head: ChainHead; recordedAt: bigint }> {
  const { rows } = await tx.query<{ sequence: string; hash: string; now: string }>({
    name: 'audit-head-lock',
    text: `WITH head AS MATERIALIZED (SELECT sequence, encode(hash, 'hex') AS hash FROM audit_head WHERE id = 1 FOR UPDATE)
      SELECT sequence, hash, ${microsOf('clock_timestamp()')} AS now FROM head`,
  })
  const [row] = rows
  if (row === undefined) throw new Error('expected the audit log to have a head, found none')
  return { head: { sequence: BigInt(row.sequence), hash: row.hash }, recordedAt: BigInt(row.now) }
}

/** As JSON has it, in one form. */
function plain(value: AuditValue): JsonValue {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
  return JSON.parse(text) as JsonValue
}

const sha256 = (text: string): string => hash('sha256', text, 'hex')
