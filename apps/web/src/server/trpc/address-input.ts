import { z } from 'zod'
import {
  type Dimension,
  FILTER_VALUE_CHARS_MAX,
  FILTER_VALUES_MAX,
  FILTERS_MAX,
  OPERATORS,
  readDimension,
} from '../../features/usage/usage-filter.ts'
import {
  BASES,
  BY_MAX,
  CHART_FORMS,
  COMPARES,
  GRANULARITIES,
  PINS_MAX,
  RANGES,
  VIEWS,
  type ViewAddress,
} from '../../features/usage/view-address.ts'

const text = z.string().max(100).optional()

const DimensionInput = z
  .string()
  .max(70)
  .refine((name) => readDimension(name) !== null, 'expected a dimension of usage')
  .transform((name) => name as Dimension)

/** A view's address as an input. What its texts mean, and whether they mean anything, resolvePeriod decides. */
export const AddressInput = z.object({
  range: z.enum(RANGES),
  month: text,
  from: text,
  to: text,
  granularity: z.enum(['auto', ...GRANULARITIES]),
  zone: text,
  meter: text,
  by: z.array(DimensionInput).max(BY_MAX),
  filters: z
    .array(
      z.object({
        dimension: DimensionInput,
        operator: z.enum(OPERATORS),
        values: z.array(z.string().max(FILTER_VALUE_CHARS_MAX)).min(1).max(FILTER_VALUES_MAX),
      }),
    )
    .max(FILTERS_MAX),
  compare: z.enum(COMPARES),
  view: z.enum(VIEWS),
  basis: z.enum(BASES),
  form: z.enum(CHART_FORMS).optional(),
  pins: z.array(z.string().max(400)).max(PINS_MAX).optional(),
  asOf: text,
}) satisfies z.ZodType<ViewAddress>
