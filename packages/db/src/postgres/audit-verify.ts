import { hash } from 'node:crypto'
import { type ChainHead, type ChainReport, createAuditVerifier } from '@meterbook/core/ledger'
import { readAuditHead, readAuditRows } from './audit-store-rows.ts'
import { inSnapshot } from './ledger-store-rows.ts'
import type { Pool, PoolClient } from './pool.ts'

/** Verifies the audit log as it is at one moment, with the memory of a page of rows. `held`: heads that somebody noted earlier. */
export function verifyAudit(
  pool: Pool,
  input: { signal?: AbortSignal; held?: readonly ChainHead[] } = {},
): Promise<ChainReport> {
  return inSnapshot(pool, (client) => verifyAuditWithin(client, input))
}

/** The same within a transaction of the caller's, which has to show it one state of it all. */
export async function verifyAuditWithin(
  client: PoolClient,
  { signal, held = [] }: { signal?: AbortSignal; held?: readonly ChainHead[] },
): Promise<ChainReport> {
  const head = await readAuditHead(client)
  const verifier = createAuditVerifier({ head, held, sha256: (text) => hash('sha256', text, 'hex') })
  for await (const page of readAuditRows(client)) {
    signal?.throwIfAborted()
    if (!page.every((row) => verifier.add(row))) break
  }
  return verifier.finish()
}
