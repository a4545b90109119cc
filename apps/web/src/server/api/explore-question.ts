import type { Instant } from '@meterbook/core/kernel'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { z } from 'zod'
import type { ExploreKind } from '../../features/explore/explore-view.ts'
import { readDimension, readFilter } from '../../features/usage/usage-filter.ts'
import {
  type AddressDefaults,
  BASES,
  COMPARES,
  EXPLORERS,
  GRANULARITIES,
  LOCAL,
  MONTH,
  RANGES,
  readAddress,
  type ViewAddress,
} from '../../features/usage/view-address.ts'
import { PERIOD_DAYS_MAX, resolvePeriod } from '../usage/resolve-period.ts'
import { readQuery, refusalOf, Zone } from './query-parts.ts'

const Local = z
  .string()
  .regex(LOCAL, { error: 'expected a local time such as 2026-07-01 or 2026-07-01T06:30' })
  .meta({ examples: ['2026-07-01', '2026-07-01T06:30'] })

/** The question of `GET /api/v1/explore/…`: the parameters of the explorers' own addresses, each read strictly. */
export const ExploreQuery = z.object({
  space: z.string({ error: 'expected the slug of a developer space' }).min(1).max(100),
  range: z.enum(RANGES).optional().meta({
    description: 'Up to now, in whole windows of the zone; `month` with `month`, `custom` with `from` and `to`.',
  }),
  month: z
    .string()
    .regex(MONTH, { error: 'expected a month such as 2026-07' })
    .optional()
    .meta({ description: 'For `range=month`; left out: the one that is now.' }),
  from: Local.optional().meta({ description: 'By the clock of the zone; inclusive. Goes with `to`.' }),
  to: Local.optional().meta({ description: 'By the clock of the zone; exclusive.' }),
  tz: Zone.optional().meta({ description: 'A zone of the IANA database. Default: the billing zone of the space.' }),
  g: z
    .enum(['auto', ...GRANULARITIES])
    .optional()
    .meta({ description: 'How finely it is cut; `quarter` is of an hour.' }),
  m: z.string().max(100).optional().meta({ description: 'Usage only: a meter, by slug. Default: the first one.' }),
  by: z
    .string()
    .max(200)
    .refine((text) => text === 'all' || text.split(',').every((name) => readDimension(name) !== null), {
      error: 'expected all, or up to two dimensions with a comma between',
    })
    .optional()
    .meta({
      description:
        'Split by these, the outer one first: app, environment, capability (money), installation, subject or `d.` and a dimension of the meter (usage); or `all`.',
      examples: ['app,environment'],
    }),
  f: z
    .array(
      z.string().refine((text) => readFilter(text) !== null, {
        error: 'expected a filter such as app:in:one,two or environment:not:staging',
      }),
    )
    .max(10)
    .optional()
    .meta({ description: 'Only this usage: `dimension:in:values` or `dimension:not:values`. All of them hold.' }),
  cmp: z.enum(COMPARES).optional().meta({ description: 'What it is compared with.' }),
  basis: z.enum(BASES).optional().meta({ description: 'Usage only: without what is exempt, or everything.' }),
  asof: z.uuid().optional().meta({ description: 'A frozen view: the figures as they stood then.' }),
  format: z.enum(['json', 'csv']).optional().meta({ description: 'Goes before the header `Accept`.' }),
})

export interface ExploreQuestion {
  address: ViewAddress
  format: 'json' | 'csv' | undefined
}

/** Reads the question from an address; what a page would put right is refused to a program. Throws ApiProblem 400. */
export function readExploreQuestion(url: URL, kind: ExploreKind): ExploreQuestion {
  const { format, space: _, ...query } = readQuery(ExploreQuery, url, ['f'])
  const defaults: AddressDefaults = EXPLORERS[kind]
  const { from, to, range } = query
  if ((from === undefined) !== (to === undefined)) throw refusalOf('from', 'expected from and to together')
  if (range === 'custom' && from === undefined) throw refusalOf('from', 'expected from and to with range=custom')
  if (from !== undefined && (range ?? 'custom') !== 'custom')
    throw refusalOf('range', 'expected custom beside from and to')
  if (query.month !== undefined && (range ?? 'month') !== 'month') {
    throw refusalOf('range', 'expected month beside month')
  }
  const address = readAddress({ ...query, range: range ?? (from === undefined ? 'month' : 'custom') }, defaults)
  if (query.m !== address.meter) throw refusalOf('m', `expected a meter's slug, found ${query.m}`)
  if (query.by !== undefined && query.by !== 'all' && address.by.join() !== query.by) {
    throw refusalOf('by', 'expected up to two dimensions, each once')
  }
  return { address, format }
}

/** Whether the range is one, and can be cut as finely as asked. Throws ApiProblem 400. */
export function checkPeriod(input: { address: ViewAddress; now: Instant; space: SpaceAccess['space'] }): void {
  const { address, now, space } = input
  const { granularities, isAsked } = resolvePeriod({ address, now, billingZone: space.billingZone })
  if (!isAsked) {
    throw refusalOf('from', `expected a range that begins before it ends, of at most ${PERIOD_DAYS_MAX} days`)
  }
  if (address.granularity !== 'auto' && !granularities.includes(address.granularity)) {
    throw refusalOf('g', `expected ${granularities.join(', ')} for this range, found ${address.granularity}`)
  }
}
