import { z } from 'zod'
import { compareDecimals } from '../kernel/index.ts'

const WORDS_MAX = 200

/** Digits as the catalogue keeps them: 20 before the point and 18 after it. */
const AmountText = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})(\.\d{1,18})?$/, { error: 'expected a plain decimal such as 12.50' })
  .refine(isAboveNothing, { error: 'expected an amount above 0' })
const PercentText = z
  .string()
  .regex(/^(0|[1-9]\d{0,2})(\.\d{1,18})?$/, { error: 'expected a percentage such as 12.5' })
  .refine((text) => isAboveNothing(text) && compareDecimals(text, '100') <= 0, {
    error: 'expected more than 0 and at most 100 percent',
  })

/**
 * What is agreed with a space beside its usage. Either `percent` (of what it applies to) or `amount` (a month, in the space's currency). `capability` null: the
 * whole statement. `text` is what the statement says.
 */
export const BillingTermDraft = z
  .strictObject({
    kind: z.enum(['discount', 'minimum', 'credit']),
    capability: z.string().min(1).max(100).nullable(),
    percent: PercentText.nullable(),
    amount: AmountText.nullable(),
    text: z
      .string()
      .trim()
      .min(1, { error: 'expected the words that the statement says' })
      .max(WORDS_MAX)
      .regex(/^[^\p{Cc}]*$/u, { error: 'expected text on one line' })
      .refine((text) => text.isWellFormed(), { error: 'expected text without broken characters' }),
  })
  .superRefine(({ kind, percent, amount }, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', path: ['amount'], message })
    if ((percent === null) === (amount === null)) say('expected either a percentage or an amount')
    else if (kind === 'minimum' && percent !== null) say('expected a minimum that is an amount')
  })
export type BillingTermDraft = z.infer<typeof BillingTermDraft>

function isAboveNothing(text: string): boolean {
  return /[1-9]/.test(text)
}
