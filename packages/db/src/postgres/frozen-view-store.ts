import type { Instant } from '@meterbook/core/kernel'
import { type FrozenMoney, type MoneyText, readMoney, readMoneyOf, writeMoney } from './frozen-money.ts'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'
import type { PortalApp, PortalMeter } from './portal-reader.ts'

/** One shard at the moment of freezing: what had been projected, and what waited. */
export interface FrozenShard {
  shard: number
  /** the last journal number that counts */
  through: bigint
  /** receipt of the oldest batch that waited; null: nothing did */
  waitingSince: Instant | null
  waitingBatches: number
  lastReceivedAt: Instant | null
  /** every window that ended by then was settled; null: none was */
  settledUntil: Instant | null
}

/** The state of everything that figures of a space are made of, as of one moment of the database. */
export interface StateNow {
  now: Instant
  shards: FrozenShard[]
  /** the last entry of the space's ledger; 0: none yet */
  ledgerSequence: bigint
  catalogueRevision: bigint
  /** old groups are being replayed: the shards have not reached again what they had */
  isRebuilding: boolean
  /** the life of the projections: what was read in one is not read again in the next */
  generation: bigint
}

/** What things were called, and how measures became units. */
export interface FrozenNames {
  space: { name: string; currency: string; billingZone: string }
  apps: PortalApp[]
  meters: PortalMeter[]
  /** by app id */
  environments: Record<string, string[]>
}

export interface FrozenView {
  id: string
  spaceId: string
  /** beneath the space: `/usage` */
  page: string
  /** empty, or beginning with `?` */
  query: string
  frozenAt: Instant
  frozenBy: string
  shards: FrozenShard[]
  ledgerSequence: bigint
  catalogueRevision: bigint
  names: FrozenNames
  /** null: frozen before a view kept it */
  money: FrozenMoney | null
}

/** The state now, with what money is made of, all of one snapshot. */
export async function readStateToFreeze(pool: Pool, spaceId: string): Promise<StateNow & { money: FrozenMoney }> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const state = await readStateNow(client, spaceId)
    const money = await readMoneyOf(client, spaceId)
    await client.query('COMMIT')
    return { ...state, money }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

/** One statement, so that the ledger's end and the projection's are those of one moment. `now` in whole milliseconds. */
export async function readStateNow(db: Pool | PoolClient, spaceId: string): Promise<StateNow> {
  const { rows } = await db.query<{
    now: string
    ledger_sequence: string
    catalogue_revision: string
    shards: ShardText[] | null
    is_rebuilding: boolean | null
    generation: string
  }>(
    `SELECT ${microsOf("date_trunc('milliseconds', now())")} AS now,
       coalesce((SELECT sequence FROM ledger_head WHERE space_id = $1), 0) AS ledger_sequence,
       coalesce((SELECT revision FROM catalogue_head WHERE id = 1), 0) AS catalogue_revision,
       (SELECT json_agg(json_build_object('shard', h.shard, 'through', coalesce(p.through, 0)::text,
          'waitingSince', (SELECT ${microsOf('b.received_at')} FROM journal_batch b
            WHERE b.shard = h.shard AND b.number = coalesce(p.through, 0) + 1)::text,
          'waitingBatches', (h.next - 1 - coalesce(p.through, 0))::int,
          'lastReceivedAt', (SELECT ${microsOf('b.received_at')} FROM journal_batch b
            WHERE b.shard = h.shard AND b.number = h.next - 1)::text,
          'settledUntil', (SELECT ${microsOf('s.until')} FROM settlement_progress s WHERE s.shard = h.shard)::text) ORDER BY h.shard)
        FROM journal_head h LEFT JOIN projection_progress p ON p.shard = h.shard) AS shards,
       (SELECT bool_or(through < replay_through) FROM projection_progress) AS is_rebuilding,
       (SELECT max(generation) FROM projection_generation) AS generation`,
    [spaceId],
  )
  const [row] = rows
  if (row === undefined) throw new Error('expected one row of the state now, found none')
  return {
    now: BigInt(row.now),
    shards: (row.shards ?? []).map(shardOf),
    ledgerSequence: BigInt(row.ledger_sequence),
    catalogueRevision: BigInt(row.catalogue_revision),
    isRebuilding: row.is_rebuilding === true,
    generation: BigInt(row.generation),
  }
}

/** Writes a view once; the same id again fails. */
export async function insertFrozenView(pool: Pool, view: FrozenView): Promise<void> {
  await pool.query(
    `INSERT INTO frozen_view (id, space_id, page, query, frozen_at, frozen_by, positions, ledger_sequence, catalogue_revision, names)
     VALUES ($1, $2, $3, $4, to_timestamp($5::numeric / 1000000), $6, $7, $8, $9, $10)`,
    [
      view.id,
      view.spaceId,
      view.page,
      view.query,
      view.frozenAt.toString(),
      view.frozenBy,
      JSON.stringify(view.shards.map(textOf)),
      view.ledgerSequence.toString(),
      view.catalogueRevision.toString(),
      JSON.stringify({ ...view.names, ...(view.money && { money: writeMoney(view.money) }) }),
    ],
  )
}

/** A view of this space, or null: another space's is as one that does not exist. `id` must be a UUID. */
export async function findFrozenView(pool: Pool, sought: { spaceId: string; id: string }): Promise<FrozenView | null> {
  const { rows } = await pool.query<{
    id: string
    space_id: string
    page: string
    query: string
    frozen_at: string
    frozen_by: string
    positions: ShardText[]
    ledger_sequence: string
    catalogue_revision: string
    names: FrozenNames & { money?: MoneyText }
  }>(
    `SELECT id, space_id, page, query, ${microsOf('frozen_at')} AS frozen_at, frozen_by, positions, ledger_sequence,
       catalogue_revision, names
     FROM frozen_view WHERE id = $1 AND space_id = $2`,
    [sought.id, sought.spaceId],
  )
  const [row] = rows
  if (row === undefined) return null
  const { money, ...names } = row.names
  return {
    id: row.id,
    spaceId: row.space_id,
    page: row.page,
    query: row.query,
    frozenAt: BigInt(row.frozen_at),
    frozenBy: row.frozen_by,
    shards: row.positions.map(shardOf),
    ledgerSequence: BigInt(row.ledger_sequence),
    catalogueRevision: BigInt(row.catalogue_revision),
    names,
    money: money === undefined ? null : readMoney(money),
  }
}

/** How many views a person has frozen in the last 24 hours. */
export async function countFrozenViews(pool: Pool, personId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM frozen_view WHERE frozen_by = $1 AND frozen_at > now() - interval '24 hours'`,
    [personId],
  )
  return rows[0]?.count ?? 0
}

/** As it stands in JSON: instants and numbers as texts. */
interface ShardText {
  shard: number
  through: string
  waitingSince: string | null
  waitingBatches: number
  lastReceivedAt: string | null
  /** left out: frozen before it was kept */
  settledUntil?: string | null
}

function shardOf(text: ShardText): FrozenShard {
  const instant = (value: string | null) => (value === null ? null : BigInt(value))
  return {
    ...text,
    through: BigInt(text.through),
    waitingSince: instant(text.waitingSince),
    lastReceivedAt: instant(text.lastReceivedAt),
    settledUntil: instant(text.settledUntil ?? null),
  }
}

function textOf(shard: FrozenShard): ShardText {
  return {
    ...shard,
    through: shard.through.toString(),
    waitingSince: shard.waitingSince?.toString() ?? null,
    lastReceivedAt: shard.lastReceivedAt?.toString() ?? null,
    settledUntil: shard.settledUntil?.toString() ?? null,
  }
}
