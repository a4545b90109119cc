import { randomUUID } from 'node:crypto'
import { formatInstant } from '@meterbook/core/kernel'
import type { PriceBookDraft, PriceVersionDraft } from '@meterbook/core/rating'
import type { PoolClient } from '../pool.ts'
import { beginAct, insertNew, refuseUnnamedPast } from './act-checks.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'

/** Adds an empty price book; gives its id. Refused if the slug is taken. */
export async function createPriceBook(
  tx: PoolClient,
  input: { by: ActBy; draft: PriceBookDraft },
): Promise<{ id: string }> {
  await beginAct(tx)
  const id = randomUUID()
  const { slug, name, currency } = input.draft
  await insertNew(
    tx.query('INSERT INTO price_book (id, slug, name, currency) VALUES ($1, $2, $3, $4)', [id, slug, name, currency]),
    `expected a slug that is free, found the price book ${slug}`,
  )
  await audited(tx, {
    by: input.by,
    act: 'price_book.create',
    target: { type: 'price_book', id: id },
    spaceId: null,
    before: null,
    after: { slug, name, currency },
  })
  return { id }
}

/**
 * Adds a version of a capability's price to a book; gives its number. It is in force from its beginning until the next one begins. Refused
 * if one begins at that very moment: no version is ever edited.
 */
export async function addPriceVersion(
  tx: PoolClient,
  input: { by: ActBy; priceBookId: string; capabilityKey: string; version: PriceVersionDraft; isBackDated: boolean },
): Promise<{ version: number }> {
  const { now } = await beginAct(tx)
  const { priceBookId, capabilityKey, version } = input
  refuseUnnamedPast({ from: version.effectiveFrom, now, isBackDated: input.isBackDated })
  const { rows } = await tx.query<{ has_book: boolean; has_capability: boolean; newest: number }>(
    `SELECT EXISTS (SELECT FROM price_book WHERE id = $1) AS has_book,
       EXISTS (SELECT FROM capability WHERE key = $2) AS has_capability,
       (SELECT coalesce(max(version), 0) FROM price WHERE price_book_id = $1 AND capability_key = $2) AS newest`,
    [priceBookId, capabilityKey],
  )
  const [known] = rows
  if (!known?.has_book) throw new CatalogueRefused('not_found', 'No such price book')
  if (!known.has_capability)
    throw new CatalogueRefused('not_found', `expected a known capability, found ${capabilityKey}`)
  const number = known.newest + 1
  await insertNew(
    tx.query(
      `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per, packaging, tiers, recorded_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        priceBookId,
        capabilityKey,
        number,
        formatInstant(version.effectiveFrom),
        version.allowance,
        version.price,
        version.per,
        version.packaging,
        version.tiers === null ? null : JSON.stringify(version.tiers),
        input.by.actorId,
      ],
    ),
    `expected another beginning than ${formatInstant(version.effectiveFrom)}: a version of this price begins there`,
  )
  await audited(tx, {
    by: input.by,
    act: 'price.version',
    target: { type: 'price_book', id: priceBookId },
    spaceId: null,
    before: null,
    after: { ...version, capabilityKey, version: number, effectiveFrom: formatInstant(version.effectiveFrom) },
  })
  return { version: number }
}
