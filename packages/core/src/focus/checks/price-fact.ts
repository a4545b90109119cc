import { parseInstant } from '../../kernel/index.ts'
import type { PriceVersion } from '../../rating/index.ts'
import type { FocusRow } from '../column.ts'
import { instantCell } from '../instant-cell.ts'

/** Finds the price version that a row names by its SKU, book and x_PriceVersion. */
export interface SkuPriceFacts {
  versionOf(row: FocusRow): PriceVersion | null
  /** Price of one PricingUnit by the price book; null where the book does not say. */
  unitPriceOf(row: FocusRow): string | null
}

export function skuPriceFacts(prices: readonly PriceVersion[]): SkuPriceFacts {
  const versions = new Map(
    prices.map((price) => [keyOf(price.capabilityKey, price.bookId, instantCell(price.effectiveFrom)), price]),
  )
  const versionOf = (row: FocusRow) =>
    versions.get(keyOf(row.SkuId ?? null, row.x_PriceBook ?? null, row.x_PriceVersion ?? null)) ?? null
  return {
    versionOf,
    unitPriceOf(row) {
      const suffix = /:([^:]+)$/.exec(row.SkuPriceId ?? '')?.[1] ?? ''
      if (suffix === 'allowance' || suffix === 'exempt' || suffix === 'unpriced') return '0'
      const version = versionOf(row)
      if (version === null) return null
      if (suffix === 'standard') return version.tiers === null ? version.price : null
      const [, kind, number] = /^(tier|flat)-(\d+)$/.exec(suffix) ?? []
      const tier = version.tiers?.tiers[Number(number) - 1]
      return (kind === 'tier' ? tier?.price : tier?.flat) ?? null
    },
  }
}

function keyOf(capability: string | null, book: string | null, version: string | null): string {
  return JSON.stringify([capability, book, version])
}

/** True if the cell is an instant at all. */
export function isInstant(cell: string | null): cell is string {
  return cell !== null && parseInstant(cell).ok
}
