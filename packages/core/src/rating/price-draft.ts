import { z } from 'zod'
import { CatalogueKey, InstantText, PositiveDecimal } from '../catalogue/index.ts'
import { compareDecimals } from '../kernel/index.ts'

const TIERS_MAX = 1_000

/** As many digits as the catalogue keeps: 20 before the point, 18 after it. */
const NotNegativeDecimal = z.string().regex(/^(0|[1-9]\d{0,19})(\.\d{1,18})?$/, {
  error: 'expected a plain decimal of 0 or more, such as 0.000025, with at most 18 digits after the point',
})

const TiersDraft = z.strictObject({
  mode: z.enum(['graduated', 'volume'], { error: 'expected "graduated" or "volume"' }),
  tiers: z
    .array(
      z.strictObject({
        upTo: PositiveDecimal.nullable(),
        price: NotNegativeDecimal,
        flat: NotNegativeDecimal.default('0'),
      }),
    )
    .min(1, { error: 'expected at least one tier' })
    .max(TIERS_MAX)
    .refine(doAscend, { error: 'expected tiers that ascend by upTo, the last of them and no other with null' }),
})

/**
 * One version of a capability's price as somebody writes it: `price` for `per` units beyond `allowance`, in the capability's unit, from an
 * instant on. Tiers, where there are some, stand in for `price`.
 */
export const PriceVersionDraft = z.strictObject({
  effectiveFrom: InstantText,
  allowance: NotNegativeDecimal,
  price: NotNegativeDecimal,
  per: PositiveDecimal,
  packaging: z.enum(['exact', 'package'], { error: 'expected "exact" or "package"' }).default('exact'),
  tiers: TiersDraft.nullable().default(null),
})
export type PriceVersionDraft = z.infer<typeof PriceVersionDraft>

export const PriceBookDraft = z.strictObject({
  slug: CatalogueKey,
  name: z.string().trim().min(1, { error: 'expected a name, found none' }).max(200),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: 'expected an ISO 4217 code such as USD' }),
})
export type PriceBookDraft = z.infer<typeof PriceBookDraft>

function doAscend(tiers: readonly { upTo: string | null }[]): boolean {
  return tiers.every(({ upTo }, index) => {
    const before = tiers[index - 1]?.upTo
    if (upTo === null) return index === tiers.length - 1
    return (
      index < tiers.length - 1 &&
      (before == null || !isDecimal(before) || !isDecimal(upTo) || compareDecimals(before, upTo) < 0)
    )
  })
}

/** The refinement also sees texts that the fields refuse by themselves. */
function isDecimal(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text)
}
