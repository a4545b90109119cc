import { z } from 'zod'
import { RANGES, type ViewAddress } from '../../features/usage/view-address.ts'

const text = z.string().max(100).optional()

/** A view's address as an input. What its texts mean, and whether they mean anything, resolvePeriod decides. */
export const AddressInput = z.object({
  range: z.enum(RANGES),
  month: text,
  from: text,
  to: text,
  granularity: z.enum(['auto', 'minute', 'hour', 'day']),
  zone: text,
  environment: text,
  meter: text,
  by: z.enum(['all', 'app']),
  view: z.enum(['chart', 'table']),
}) satisfies z.ZodType<ViewAddress>
