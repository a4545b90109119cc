/**
 * allowance: costs nothing. overage: beyond it, where the price has no tiers. tier_1, tier_2 …: within that tier. flat_1 …: the flat fee of that
 * tier. unpriced: used while there was no price. exempt: shown, and costs nothing.
 */
export type PartTier = 'allowance' | 'overage' | `tier_${number}` | `flat_${number}` | 'unpriced' | 'exempt'

/**
 * One part of a price: so much, under that version, in that tier. Decimal texts. `amount` = `units` × `unitPrice`, exactly, in every part and every
 * difference of parts; the quantities of all parts add up to what was used.
 */
export interface RatedPart {
  /** id of the book; null where there was no price */
  priceBook: string | null
  /** effectiveFrom of the price version, RFC 3339; null where there was no price */
  version: string | null
  tier: PartTier
  /** in the capability's unit; 0 in a flat fee */
  quantity: string
  /** what is charged: quantity ÷ per, packages begun, or 1 for a flat fee; 0 where nothing is charged */
  units: string
  /** null where there was no price, as is `per` */
  unitPrice: string | null
  per: string | null
  amount: string
}
