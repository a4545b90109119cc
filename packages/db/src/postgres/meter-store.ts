import { Aggregation, ValueRule } from '@meterbook/core/catalogue'
import type { Pool } from './pool.ts'

/** A meter in its newest version, with what is needed to read usage that older versions measured. */
export interface StoredMeter {
  id: string
  slug: string
  name: string
  /** The key of what its usage is billed as. */
  capability: string
  description: string | null
  aggregation: Aggregation
  /** PERCENTILE only: a fraction of one, as decimal text */
  percentile: string | null
  eventType: string
  /** The JSON path of the value; null for a count and for a formula of several members. */
  valueProperty: string | null
  /** dimension → JSON path */
  groupBy: Record<string, string>
  unit: string
  /** Newest last. quantity = base measure ÷ divisor. */
  versions: { version: number; divisor: string; aggregation: Aggregation; effectiveFrom: Date }[]
  createdAt: Date
  updatedAt: Date
}

interface MeterRow {
  id: string
  slug: string
  name: string
  capability_key: string
  description: string | null
  unit: string
  created_at: Date
  version: number
  effective_from: Date
  event_type: string
  aggregation: string
  percentile: string | null
  value: unknown
  divisor: string
  group_by: Record<string, string>
  recorded_at: Date
}

/** Every meter that is not archived, by slug. */
export async function listMeters(pool: Pool): Promise<StoredMeter[]> {
  const { rows } = await pool.query<MeterRow>({
    name: 'meters',
    text: `SELECT m.id, m.slug, m.name, m.capability_key, m.description, c.unit, m.created_at, v.version, v.effective_from, v.event_type,
        v.aggregation::text AS aggregation,
        trim_scale(v.percentile)::text AS percentile, v.value, trim_scale(v.divisor)::text AS divisor, v.group_by, v.recorded_at
      FROM meter m JOIN capability c ON c.key = m.capability_key JOIN meter_version v ON v.meter_id = m.id
      WHERE m.archived_at IS NULL ORDER BY m.slug, v.version`,
  })
  const meters = new Map<string, StoredMeter>()
  for (const row of rows) {
    const aggregation = Aggregation.parse(row.aggregation)
    const version = { version: row.version, divisor: row.divisor, aggregation, effectiveFrom: row.effective_from }
    const earlier = meters.get(row.id)?.versions ?? []
    meters.set(row.id, {
      id: row.id,
      slug: row.slug,
      name: row.name,
      capability: row.capability_key,
      description: row.description,
      aggregation,
      percentile: row.percentile,
      eventType: row.event_type,
      valueProperty: pathOf(row.value),
      groupBy: row.group_by,
      unit: row.unit,
      versions: [...earlier, version],
      createdAt: row.created_at,
      updatedAt: row.recorded_at,
    })
  }
  return [...meters.values()]
}

function pathOf(value: unknown): string | null {
  const rule = ValueRule.safeParse(value)
  return rule.success && 'path' in rule.data ? rule.data.path : null
}
