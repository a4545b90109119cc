import { z } from 'zod'
import { JsonPathText } from './json-path.ts'

const DecimalText = z
  .string()
  .regex(/^-?(0|[1-9]\d{0,45})(\.\d{1,30})?$/, { error: 'expected a plain decimal such as 0.5' })

/**
 * How a meter reads its value from an event's data, as data: a path, a constant, or a small formula of them (`min` and `max` clamp). `default` stands in when
 * the member is missing or null, `orElse` is another rule for that case, `zeroAs` replaces a zero. Exact decimals throughout.
 */
export type ValueRule =
  | { path: string; default?: string | undefined; orElse?: ValueRule | undefined; zeroAs?: string | undefined }
  | { constant: string }
  | { product: ValueRule[] }
  | { sum: ValueRule[] }
  | { min: ValueRule[] }
  | { max: ValueRule[] }
  | { when: { path: string; in: string[] }; then: ValueRule; otherwise: ValueRule }

export const ValueRule: z.ZodType<ValueRule> = z.lazy(() =>
  z.union([
    z.strictObject({
      path: JsonPathText,
      default: DecimalText.optional(),
      orElse: ValueRule.optional(),
      zeroAs: DecimalText.optional(),
    }),
    z.strictObject({ constant: DecimalText }),
    z.strictObject({ product: z.array(ValueRule).min(1).max(8) }),
    z.strictObject({ sum: z.array(ValueRule).min(1).max(8) }),
    z.strictObject({ min: z.array(ValueRule).min(1).max(8) }),
    z.strictObject({ max: z.array(ValueRule).min(1).max(8) }),
    z.strictObject({
      when: z.strictObject({ path: JsonPathText, in: z.array(z.string()).min(1).max(64) }),
      // biome-ignore lint/suspicious/noThenProperty: a rule is data, its `then` is never a function
      then: ValueRule,
      otherwise: ValueRule,
    }),
  ]),
)
