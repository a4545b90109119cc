import { ACT_TARGETS_MAX, type Act, type ActName, type JournalPlace, writeActBody } from '@meterbook/core/event'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import pg from 'pg'
import { appendAudit } from './audit-store.ts'
import { packBody } from './journal-writer.ts'
import { inTransaction, type Pool, type PoolClient } from './pool.ts'

/** What an operator asks for: one act upon events of one app. `filter` says how they were chosen, for whoever reads it later. */
export interface CorrectionRequest {
  /** Chosen by the asker: the same id again is the same correction, and is done once. */
  id: string
  act: ActName
  app: { id: string; shard: number }
  actor: { id: string; name: string }
  reason: string
  filter: Record<string, unknown>
  targets: Act['targets']
}

/** Where the acts of a correction stand: rows [first, last] of the shard's journal. */
export interface StoredCorrection {
  id: string
  act: ActName
  appId: string
  actor: { id: string; name: string }
  reason: string
  filter: Record<string, unknown>
  targetCount: number
  shard: number
  first: bigint
  last: bigint
  recordedAt: Instant
}

/**
 * Writes a correction and the journal rows of its acts in one transaction. Asked again with an id that is known, it writes nothing and
 * returns what was written the first time. Throws RangeError without targets.
 */
export async function appendCorrection(
  pool: Pool,
  input: { request: CorrectionRequest; receivedAt: Instant },
): Promise<StoredCorrection> {
  const [stored] = await appendCorrections(pool, { requests: [input.request], receivedAt: input.receivedAt })
  if (stored === undefined) throw new Error(`expected correction ${input.request.id} to be written`)
  return stored
}

/**
 * Writes what one asking comes to, several corrections with ids of their own, all or none. If any of the ids is known, the asking was
 * heard before: nothing is written, and those known are returned. Each is in the audit log. On a pool it is a transaction of its own; on a client, part of
 * the caller's. Throws RangeError if one has no targets.
 */
export async function appendCorrections(
  db: Pool | PoolClient,
  input: { requests: readonly CorrectionRequest[]; receivedAt: Instant; requestId?: string | null },
): Promise<StoredCorrection[]> {
  return db instanceof pg.Pool
    ? inTransaction(db, (tx) => appendCorrectionsWithin(tx, input))
    : appendCorrectionsWithin(db, input)
}

async function audit(
  client: PoolClient,
  { request, requestId }: { request: CorrectionRequest; requestId: string | null },
): Promise<void> {
  const { id, act, app, actor, reason, filter, targets } = request
  await appendAudit(client, {
    actorId: actor.id,
    act: `correction.${act}`,
    targetType: 'correction',
    targetId: id,
    spaceId: typeof filter.spaceId === 'string' ? filter.spaceId : null,
    after: { app: app.id, events: targets.length, chosenBy: filter },
    reason,
    requestId,
  })
}

/** The same as a part of the caller's transaction: where what is asked for changes the catalogue too, both are there or neither is. */
export async function appendCorrectionsWithin(
  client: PoolClient,
  input: { requests: readonly CorrectionRequest[]; receivedAt: Instant; requestId?: string | null },
): Promise<StoredCorrection[]> {
  const { requests, receivedAt, requestId = null } = input
  if (requests.some(({ targets }) => targets.length === 0)) {
    throw new RangeError('expected a correction to have targets, found none')
  }
  const ids = requests.map(({ id }) => id)
  // One at a time for an id, so that the second of two that ask at once finds what the first wrote. In one order, as the shards' heads
  // below, so that no two can wait for each other.
  for (const id of [...ids].sort()) await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id])
  const known = await findCorrections(client, ids)
  if (known.length > 0) return known
  // Before the heads of the journal, which nobody waits for after the audit log: ingest must not stand still until its turn in the log comes.
  for (const request of requests) await audit(client, { request, requestId })
  for (const request of [...requests].sort((a, b) => a.app.shard - b.app.shard)) {
    await write(client, { request, receivedAt })
  }
  return findCorrections(client, ids)
}

async function write(
  client: PoolClient,
  { request, receivedAt }: { request: CorrectionRequest; receivedAt: Instant },
): Promise<void> {
  const { id, act, app, actor, reason } = request
  const bodies = rowsOf(request.targets).map((targets) => ({
    text: writeActBody({ act, correctionId: id, actor, reason, targets }),
    targets: targets.length,
  }))
  const head = await client.query<{ first: string }>(
    `INSERT INTO journal_head AS h (shard, next, events) VALUES ($1, 1 + $2::int, $3)
     ON CONFLICT (shard) DO UPDATE SET next = h.next + $2::int, events = h.events + excluded.events
     RETURNING next - $2::int AS first`,
    [app.shard, bodies.length, request.targets.length],
  )
  const first = BigInt(head.rows[0]?.first ?? Number.NaN)
  for (const [index, { text, targets }] of bodies.entries()) {
    const { digest, codec, stored } = packBody(Buffer.from(text, 'utf8'))
    await client.query(
      `INSERT INTO journal_batch (shard, number, kind, received_at, app_id, event_count, codec, digest, body)
       VALUES ($1, $2, 1, $3, $4, $5, $6, decode($7, 'hex'), $8)`,
      [
        app.shard,
        (first + BigInt(index)).toString(),
        formatInstant(receivedAt),
        app.id,
        targets,
        codec,
        digest,
        stored,
      ],
    )
  }
  const last = first + BigInt(bodies.length - 1)
  await client.query(
    `INSERT INTO correction (id, act, app_id, reason, actor_id, actor_name, filter, target_count, shard, first, last, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      id,
      act,
      app.id,
      reason,
      actor.id,
      actor.name,
      JSON.stringify(request.filter),
      request.targets.length,
      app.shard,
      first.toString(),
      last.toString(),
      formatInstant(receivedAt),
    ],
  )
}

/** New contents of one row, in characters: far below what a reader of the journal unpacks, or the row would stop its shard for ever. */
const ROW_CONTENTS_MAX = 4_000_000

/** Targets by journal row: so many, and so much new content, as one row may hold. */
function rowsOf(targets: Act['targets']): Act['targets'][] {
  const rows: Act['targets'][] = []
  let contents = 0
  for (const target of targets) {
    const row = rows.at(-1)
    const size = target.event?.length ?? 0
    if (row === undefined || row.length >= ACT_TARGETS_MAX || contents + size > ROW_CONTENTS_MAX) {
      rows.push([target])
      contents = size
    } else {
      row.push(target)
      contents += size
    }
  }
  return rows
}

interface CorrectionRow {
  id: string
  act: ActName
  app_id: string
  actor_id: string
  actor_name: string
  reason: string
  filter: Record<string, unknown>
  target_count: number
  shard: number
  first: string
  last: string
  recorded: string
}

const COLUMNS = `id, act, app_id, actor_id, actor_name, reason, filter, target_count, shard, first, last,
  trunc(extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded`

/** The corrections that have one of these ids, in their order. */
export async function findCorrections(client: Pool | PoolClient, ids: readonly string[]): Promise<StoredCorrection[]> {
  const { rows } = await client.query<CorrectionRow>(
    `SELECT ${COLUMNS} FROM correction WHERE id = ANY($1::uuid[]) ORDER BY array_position($1::uuid[], id)`,
    [ids],
  )
  return rows.map(correctionOf)
}

/** Whose corrections somebody may see: those asked for in their space, and the platform's own upon apps that are theirs now. */
export interface CorrectionSight {
  /** Null: all there are. */
  space: { id: string; ownedAppIds: readonly string[] } | null
}

/** Newest first; `before` pages on from the last one seen. `appId`: only upon that app. */
export async function listCorrections(
  pool: Pool,
  input: CorrectionSight & {
    appId?: string | undefined
    limit: number
    before?: { recordedAt: Instant; id: string } | undefined
  },
): Promise<StoredCorrection[]> {
  const { before, space } = input
  const { rows } = await pool.query<CorrectionRow>(
    `SELECT ${COLUMNS} FROM correction
     WHERE ($1::uuid IS NULL OR app_id = $1::uuid)
       AND ($2::text IS NULL OR filter->>'spaceId' = $2::text OR (filter->>'spaceId' IS NULL AND app_id = ANY($3::uuid[])))
       AND ($4::timestamptz IS NULL OR (recorded_at, id) < ($4::timestamptz, $5::uuid))
     ORDER BY recorded_at DESC, id DESC LIMIT $6`,
    [
      input.appId ?? null,
      space?.id ?? null,
      space?.ownedAppIds ?? [],
      before ? formatInstant(before.recordedAt) : null,
      before?.id ?? null,
      input.limit,
    ],
  )
  return rows.map(correctionOf)
}

/** Whether a correction is in sight, by the same rule as listCorrections. */
export function isCorrectionInSight(correction: StoredCorrection, { space }: CorrectionSight): boolean {
  if (space === null) return true
  const askedIn = correction.filter.spaceId ?? null
  return askedIn === space.id || (askedIn === null && space.ownedAppIds.includes(correction.appId))
}

/** The corrections that wrote these journal rows of a shard, by row number: who acted, why and when. */
export async function findCorrectionsAt(
  pool: Pool,
  input: { shard: number; batches: readonly JournalPlace['batch'][] },
): Promise<Map<bigint, StoredCorrection>> {
  const { rows } = await pool.query<CorrectionRow & { batch: string }>(
    `SELECT asked.batch, ${COLUMNS} FROM unnest($2::bigint[]) AS asked (batch)
     JOIN correction ON shard = $1 AND asked.batch BETWEEN first AND last`,
    [input.shard, input.batches.map(String)],
  )
  return new Map(rows.map((row) => [BigInt(row.batch), correctionOf(row)]))
}

function correctionOf(row: CorrectionRow): StoredCorrection {
  return {
    id: row.id,
    act: row.act,
    appId: row.app_id,
    actor: { id: row.actor_id, name: row.actor_name },
    reason: row.reason,
    filter: row.filter,
    targetCount: row.target_count,
    shard: row.shard,
    first: BigInt(row.first),
    last: BigInt(row.last),
    recordedAt: BigInt(row.recorded),
  }
}
