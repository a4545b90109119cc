import { QUANTITY_SCALE } from '../kernel/index.ts'
import { AMOUNT_SCALE, amountText, quantityText, scaledOf, UNIT_SCALE, unitText } from './scaled.ts'

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

/** What `after` has and `before` has not, place by place, oldest version first. A part that went is negative, one that stayed is left out. */
export function partsBetween(before: readonly RatedPart[], after: readonly RatedPart[]): RatedPart[] {
  const sums = new Map<string, { part: RatedPart; quantity: bigint; units: bigint; amount: bigint }>()
  for (const [parts, sign] of [
    [before, -1n],
    [after, 1n],
  ] as const) {
    for (const part of parts) {
      const key = JSON.stringify([part.priceBook, part.version, part.tier, part.unitPrice, part.per])
      const sum = sums.get(key) ?? { part, quantity: 0n, units: 0n, amount: 0n }
      sum.quantity += sign * scaledOf(part.quantity, QUANTITY_SCALE)
      sum.units += sign * scaledOf(part.units, UNIT_SCALE)
      sum.amount += sign * scaledOf(part.amount, AMOUNT_SCALE)
      sums.set(key, sum)
    }
  }
  return [...sums.values()]
    .filter(({ quantity, units, amount }) => quantity !== 0n || units !== 0n || amount !== 0n)
    .map(({ part, quantity, units, amount }) => ({
      ...part,
      quantity: quantityText(quantity),
      units: unitText(units),
      amount: amountText(amount),
    }))
    .sort(inOrder)
}

/** The exact sum of what parts cost, as decimal text. */
export function amountOf(parts: readonly { amount: string }[]): string {
  return amountText(parts.reduce((sum, { amount }) => sum + scaledOf(amount, AMOUNT_SCALE), 0n))
}

function inOrder(a: RatedPart, b: RatedPart): number {
  // without the Z, so that half a second after an instant is after it
  const versions = compareTexts(a.version?.slice(0, -1) ?? '', b.version?.slice(0, -1) ?? '')
  return versions || compareTexts(a.priceBook ?? '', b.priceBook ?? '') || rankOf(a.tier) - rankOf(b.tier)
}

/** As listed: what is free, then each tier with its flat fee. */
function rankOf(tier: string): number {
  const [, kind = '', number = '0'] = /^(tier|flat)_(\d+)$/.exec(tier) ?? []
  return 2 * Number(number) + (kind === 'flat' ? 1 : 0) + (tier === 'overage' ? 1 : 0)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
