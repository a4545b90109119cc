import { InstantText } from '@meterbook/core/catalogue'
import { z } from 'zod'

const SlugText = z.string().min(1).max(100)

/** Which app goes to which space, from when on. `standsFor`: for whom the asker consents; the other side's consent is what is asked for. */
export const AskedTransfer = z.object({
  appId: z.uuid(),
  toSlug: SlugText,
  at: InstantText,
  standsFor: z.enum(['from', 'to']),
})
export type AskedTransfer = z.infer<typeof AskedTransfer>

/** What somebody types: the space, and the instant; null: at once. */
export const TransferTerms = z.object({ to: SlugText, at: InstantText.nullable().default(null) })
