import { listPriceBooks, type Pool, type PoolClient } from '@meterbook/db/postgres'
import {
  type ActBy,
  addMeterVersion,
  addPriceVersion,
  CatalogueRefused,
  endEntitlement,
  endSubscription,
  setSubscription,
} from '@meterbook/db/postgres/catalogue-acts'
import { findMeter } from '../meters/read-meters.ts'
import type { AskedBackdate } from './asked-backdate.ts'

/** Does what was asked for, as a part of the caller's transaction. Throws CatalogueRefused. */
export async function applyBackdate(
  tx: PoolClient,
  { pool, asked, by }: { pool: Pool; asked: AskedBackdate; by: ActBy },
): Promise<void> {
  const past = { by, isBackDated: true as const }
  switch (asked.act) {
    case 'price.version': {
      const { capabilityKey, version } = asked
      const { id: priceBookId } = await bookOf(pool, asked.book)
      await addPriceVersion(tx, { ...past, priceBookId, capabilityKey, version })
      return
    }
    case 'subscription.set': {
      const { spaceId, from, to } = asked
      const { id: priceBookId } = await bookOf(pool, asked.book)
      await setSubscription(tx, { ...past, spaceId, priceBookId, from, to })
      return
    }
    case 'subscription.end':
      return endSubscription(tx, { ...past, subscriptionId: asked.subscriptionId, at: asked.at })
    case 'entitlement.end':
      return endEntitlement(tx, { ...past, entitlementId: asked.entitlementId, at: asked.at })
    case 'meter.version': {
      const meter = await findMeter(pool, asked.meter)
      if (meter === null) throw new CatalogueRefused('not_found', 'No such meter')
      await addMeterVersion(tx, { ...past, meterId: meter.id, version: asked.version })
    }
  }
}

export async function bookOf(pool: Pool, slug: string) {
  const book = (await listPriceBooks(pool)).find((each) => each.slug === slug)
  if (book === undefined) throw new CatalogueRefused('not_found', 'No such price book')
  return book
}
