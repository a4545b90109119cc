import { randomUUID } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { type BillingTermDraft, billingPeriod } from '@meterbook/core/statement'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { beginAct, textOrNull } from './act-checks.ts'
import { type ActBy, audited, CatalogueRefused, type Validity } from './catalogue-act.ts'
import { type LockedSpace, lockSpace } from './space-acts.ts'

type Named = { spaceId: string; term: BillingTermDraft; from: Instant }

/**
 * Agrees a discount, a minimum or a credit with a space, during [from, to). Unless it is asked for as a back-dating it begins in the month that runs, by the
 * space's billing zone, or later: what is over is not made cheaper or dearer afterwards. Refused where the same words are agreed from the same moment on.
 */
export async function agreeTerm(
  tx: PoolClient,
  input: Named & { by: ActBy; to: Instant | null; isBackDated: boolean },
): Promise<{ id: string }> {
  const { by, spaceId, term, from, to, isBackDated } = input
  const { now } = await beginAct(tx)
  const space = await lockSpace(tx, spaceId)
  if (to !== null && to <= from)
    throw new CatalogueRefused('invalid', `expected an end after ${formatInstant(from)}, found ${formatInstant(to)}`)
  if (!isBackDated) mustBeOfOpenMonth(from, { space, now })
  await expectCapability(tx, term.capability)
  if ((await listTermsOf(tx, input)).length > 0)
    throw new CatalogueRefused(
      'conflict',
      `expected words that tell it apart, found a ${term.kind} from ${formatInstant(from)} on with the same`,
    )
  const id = randomUUID()
  const { kind, capability, percent, amount, text } = term
  // the clock and not the transaction's beginning: terms of one kind are applied in the order in which they were agreed
  await tx.query(
    `INSERT INTO billing_term (id, space_id, kind, capability_key, percent, amount, text, effective_from, effective_to, recorded_at, recorded_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), $10)`,
    [id, spaceId, kind, capability, percent, amount, text, formatInstant(from), textOrNull(to), by.actorId],
  )
  await audited(tx, {
    by,
    act: 'term.agree',
    target: { type: 'billing_term', id },
    spaceId,
    before: null,
    after: { ...term, from: formatInstant(from), to: textOrNull(to) },
  })
  return { id }
}

/**
 * Sets when a term ends; null: not at all. One that ends where it begins is withdrawn and never held. Unless it is asked for as a back-dating, a month that is
 * over keeps what was agreed for it.
 */
export async function endTerm(
  tx: PoolClient,
  input: { by: ActBy; spaceId: string; id: string; to: Instant | null; isBackDated: boolean },
): Promise<void> {
  const { by, spaceId, id, to, isBackDated } = input
  const { now } = await beginAct(tx)
  const space = await lockSpace(tx, spaceId)
  const before = await lockTerm(tx, { spaceId, id })
  if (to !== null && to < before.from)
    throw new CatalogueRefused(
      'invalid',
      `expected an end from ${formatInstant(before.from)} on, where it begins, found ${formatInstant(to)}`,
    )
  if (!isBackDated) {
    if (to !== null) mustBeOfOpenMonth(to, { space, now })
    if (before.to !== null) mustBeOfOpenMonth(before.to, { space, now })
  }
  await tx.query('UPDATE billing_term SET effective_to = $2 WHERE id = $1', [id, textOrNull(to)])
  await audited(tx, {
    by,
    act: 'term.end',
    target: { type: 'billing_term', id },
    spaceId,
    before: { to: textOrNull(before.to) },
    after: { to: textOrNull(to) },
  })
}

/** The id of a term that holds at some time. Throws CatalogueRefused where there is none. */
export async function findTerm(tx: PoolClient, named: Named): Promise<string> {
  const [id] = await listTermsOf(tx, named)
  if (id === undefined) throw new CatalogueRefused('not_found', `No such ${named.term.kind}`)
  return id
}

async function listTermsOf(tx: PoolClient, { spaceId, term, from }: Named): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id FROM billing_term WHERE space_id = $1 AND kind = $2 AND capability_key IS NOT DISTINCT FROM $3 AND text = $4
       AND effective_from = $5::timestamptz AND (effective_to IS NULL OR effective_to > effective_from)`,
    [spaceId, term.kind, term.capability, term.text, formatInstant(from)],
  )
  return rows.map(({ id }) => id)
}

async function lockTerm(tx: PoolClient, { spaceId, id }: { spaceId: string; id: string }): Promise<Validity> {
  const { rows } = await tx.query<{ begins: string; ends: string | null }>(
    `SELECT ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends FROM billing_term WHERE id = $1 AND space_id = $2 FOR UPDATE`,
    [id, spaceId],
  )
  const [row] = rows
  if (row === undefined) throw new CatalogueRefused('not_found', 'No such term')
  return { from: BigInt(row.begins), to: row.ends === null ? null : BigInt(row.ends) }
}

function mustBeOfOpenMonth(at: Instant, { space, now }: { space: LockedSpace; now: Instant }): void {
  const { start } = billingPeriod(now, space.billingZone)
  if (at >= start) return
  throw new CatalogueRefused(
    'conflict',
    `expected an instant from ${formatInstant(start)} on, when the month that runs began, found ${formatInstant(at)}: a month that is over keeps what was agreed for it`,
  )
}

async function expectCapability(tx: PoolClient, key: string | null): Promise<void> {
  if (key === null) return
  const { rowCount } = await tx.query('SELECT FROM capability WHERE key = $1', [key])
  if (rowCount === 0) throw new CatalogueRefused('not_found', `No such capability: ${key}`)
}
