// catalogue-acts: each change of the catalogue as one act, the same for a page, the command line and a catalogue file.
// Promises: an act is part of the caller's transaction and is audited in it; nothing is deleted; what cannot be is refused in words.
// Does not know: who may ask, what a change costs, how it is shown.
import type { Instant } from '@meterbook/core/kernel'
import { appendAudit } from '../audit-store.ts'
import type { Pool, PoolClient } from '../pool.ts'

/** Who acts, in which request and why. `actorId` null: the operator's command line. */
export interface ActBy {
  actorId: string | null
  requestId: string | null
  reason: string | null
}

/** Why an act is turned down, in words for whoever asked: what was expected and what was found. */
export class CatalogueRefused extends Error {
  override readonly name = 'CatalogueRefused'
  readonly code: 'not_found' | 'invalid' | 'conflict'

  constructor(code: CatalogueRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Another act moved the same thing meanwhile: unique, exclusion, a lock that was not given in time, and two that waited for each other. */
const MEANWHILE = new Set(['23505', '23P01', '55P03', '40P01'])

/** Runs acts in one transaction: all of them, or none. Throws CatalogueRefused where somebody else was faster. */
export async function actTogether<T>(pool: Pool, acts: (tx: PoolClient) => Promise<T>): Promise<T> {
  return run(pool, 'COMMIT', acts)
}

/** Runs acts, reads what would be, and takes everything back. */
export async function actOnTrial<T>(pool: Pool, acts: (tx: PoolClient) => Promise<T>): Promise<T> {
  return run(pool, 'ROLLBACK', acts)
}

async function run<T>(pool: Pool, ending: 'COMMIT' | 'ROLLBACK', acts: (tx: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await acts(client)
    await client.query(ending)
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    const code = (error as { code?: unknown } | null)?.code
    if (typeof code !== 'string' || !MEANWHILE.has(code)) throw error
    throw new CatalogueRefused('conflict', 'somebody else changed this meanwhile: look at it again')
  } finally {
    client.release()
  }
}

/** Plain JSON values, decimals and instants as text; never a secret. */
export type ActFacts = Record<string, unknown>

/** Writes the act down. `target`: what was acted upon; `spaceId`: in whose log it stands, null: the platform's alone. */
export async function audited(
  tx: PoolClient,
  input: {
    by: ActBy
    act: string
    target: { type: string; id: string }
    spaceId: string | null
    before: ActFacts | null
    after: ActFacts | null
  },
): Promise<void> {
  const { by, act, target, spaceId, before, after } = input
  await appendAudit(tx, { ...by, act, targetType: target.type, targetId: target.id, spaceId, before, after })
}

/** Half-open, as everything that is effective-dated: [from, to), null = for ever. */
export interface Validity {
  from: Instant
  to: Instant | null
}
