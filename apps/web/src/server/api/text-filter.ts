import { z } from 'zod'

const TEXTS_MAX = 100
const Text = z.string().max(1024)
const Texts = z.array(Text).max(TEXTS_MAX)
/** A pattern that ends in a lone backslash escapes nothing; the store would refuse it with words of its own. */
const Pattern = Text.refine((text) => /^(?:[^\\]|\\.)*$/s.test(text), {
  error: 'expected something after the last backslash',
})

const comparisons = [
  z.strictObject({ $eq: Text }),
  z.strictObject({ $ne: Text }),
  z.strictObject({ $in: Texts }),
  z.strictObject({ $nin: Texts }),
  z.strictObject({ $like: Pattern }),
  z.strictObject({ $nlike: Pattern }),
  z.strictObject({ $ilike: Pattern }),
  z.strictObject({ $nilike: Pattern }),
  z.strictObject({ $gt: Text }),
  z.strictObject({ $gte: Text }),
  z.strictObject({ $lt: Text }),
  z.strictObject({ $lte: Text }),
] as const

const Comparison = z.union(comparisons)

/** A condition on a text as the OpenMeter client writes it: one operator per object, `$and` and `$or` at most one level deep. */
export const TextFilter = z.union([
  ...comparisons,
  z.strictObject({ $and: z.array(Comparison).max(TEXTS_MAX) }),
  z.strictObject({ $or: z.array(Comparison).max(TEXTS_MAX) }),
])
export type TextFilter = z.infer<typeof TextFilter>
