import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** When every chain and the journal were last verified, microseconds; null: never yet. */
export interface VerificationStand {
  begunAt: bigint | null
  completedAt: bigint | null
}

export async function readVerification(pool: Pool): Promise<VerificationStand> {
  const { rows } = await pool.query<{ begun: string | null; completed: string | null }>(
    `SELECT ${microsOf('begun_at')} AS begun, ${microsOf('completed_at')} AS completed FROM ledger_verification WHERE id = 1`,
  )
  const [row] = rows
  return {
    begunAt: row?.begun == null ? null : BigInt(row.begun),
    completedAt: row?.completed == null ? null : BigInt(row.completed),
  }
}
