import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { CatalogueRefused } from './catalogue-act.ts'

/** Until the transaction ends no other such act changes the catalogue: what is checked stays true until it is written. Gives the database's clock. */
export async function beginAct(tx: PoolClient): Promise<{ now: Instant }> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('meterbook/catalogue-act', 0))")
  const { rows } = await tx.query<{ now: string }>(`SELECT ${microsOf('clock_timestamp()')} AS now`)
  return { now: BigInt(rows[0]?.now ?? Number.NaN) }
}

/** A change that begins in the past alters what usage of then means, so it has to be called what it is. */
export function refuseUnnamedPast(input: { from: Instant; now: Instant; isBackDated: boolean }): void {
  if (input.isBackDated || input.from >= input.now) return
  throw new CatalogueRefused(
    'invalid',
    `expected a beginning from now on (${formatInstant(input.now)}), found ${formatInstant(input.from)}: a change of the past has to be asked for as a back-dating`,
  )
}

/** Runs an insert; what is taken is refused in words. The transaction is over then, and is to be rolled back. */
export async function insertNew(insert: Promise<unknown>, taken: string): Promise<void> {
  try {
    await insert
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === UNIQUE || code === EXCLUDED) throw new CatalogueRefused('conflict', taken)
    throw error
  }
}

const UNIQUE = '23505'
const EXCLUDED = '23P01'

/** For the audit log, and as a parameter; null: for ever. */
export function textOrNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at)
}
