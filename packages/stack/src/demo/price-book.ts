import fs from 'node:fs'

/** One capability of the price list; amounts are decimal texts, untouched from file to database. */
export interface PricedCapability {
  key: string
  name: string
  unit: string
  shape: string
  versions: { effectiveFrom: string; allowance: string; price: string; per: string }[]
}

export interface PriceList {
  currency: string
  capabilities: PricedCapability[]
}

export const PRICE_BOOK = { slug: 'standard', name: 'Standard price book' } as const

/** The demo's price list: a real, public one, as effective-dated data. */
export function readPriceList(): PriceList {
  return JSON.parse(fs.readFileSync(new URL('price-book.json', import.meta.url), 'utf8')) as PriceList
}
