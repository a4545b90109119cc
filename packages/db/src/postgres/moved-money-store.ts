import type { Pool, PoolClient } from './pool.ts'

/** Money that a correction moved in one space, as exact decimal text. */
export interface MovedInSpace {
  spaceId: string
  currency: string
  amount: string
}

/** Nobody else's sum of this person changes until the caller's transaction ends: two of theirs at once are one after the other. */
export async function lockMovedMoney(tx: PoolClient, actorId: string): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('moved money ' || $1, 0))", [actorId])
}

/** What a person moved alone in the last hours, added up for each space and currency. */
export async function sumMovedMoney(
  db: Pool | PoolClient,
  input: { actorId: string; hours: number },
): Promise<MovedInSpace[]> {
  const { rows } = await db.query<MovedInSpace>(
    `SELECT space_id AS "spaceId", currency, trim_scale(sum(amount))::text AS amount FROM moved_money
     WHERE actor_id = $1 AND recorded_at > clock_timestamp() - make_interval(hours => $2) GROUP BY space_id, currency`,
    [input.actorId, input.hours],
  )
  return rows
}

/** Keeps what a correction moved. The same correction again adds nothing. */
export async function insertMovedMoney(
  tx: PoolClient,
  input: { correctionId: string; actorId: string; moved: readonly MovedInSpace[] },
): Promise<void> {
  const { correctionId, actorId, moved } = input
  if (moved.length === 0) return
  await tx.query(
    `INSERT INTO moved_money (correction_id, actor_id, space_id, currency, amount, recorded_at)
     SELECT $1, $2, space, currency, amount, clock_timestamp() FROM unnest($3::uuid[], $4::text[], $5::numeric[]) AS each (space, currency, amount)
     ON CONFLICT DO NOTHING`,
    [
      correctionId,
      actorId,
      moved.map(({ spaceId }) => spaceId),
      moved.map(({ currency }) => currency),
      moved.map(({ amount }) => amount),
    ],
  )
}
