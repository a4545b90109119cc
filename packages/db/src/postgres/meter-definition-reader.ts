import { CatalogueDocument, type MeterVersionFacts } from '@meterbook/core/catalogue'
import type { Instant } from '@meterbook/core/kernel'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

export interface CapabilityFacts {
  key: string
  name: string
  unit: string
  shape: string
}

/** A meter with every version it ever had, oldest first. */
export interface MeterDefinition {
  id: string
  slug: string
  name: string
  description: string | null
  capability: CapabilityFacts
  versions: (MeterVersionFacts & { recordedAt: Instant; recordedBy: string | null })[]
}

/** Every meter in use, by slug, as it measures. `recordedBy`: the person's name. */
export async function listMeterDefinitions(pool: Pool): Promise<MeterDefinition[]> {
  const { rows } = await pool.query<MeterRow>(
    `SELECT m.id, m.slug, m.name, m.description, c.key, c.name AS capability, c.unit, c.shape, v.version,
       ${INSTANT} AS begins, v.event_type, v.aggregation::text AS aggregation, trim_scale(v.percentile)::text AS percentile, v.value,
       trim_scale(v.divisor)::text AS divisor, v.group_by, v.subject_required, v.data_schema,
       ${microsOf('v.recorded_at')} AS recorded, coalesce(p.name, v.recorded_by) AS recorder
     FROM meter m JOIN capability c ON c.key = m.capability_key JOIN meter_version v ON v.meter_id = m.id
       LEFT JOIN person p ON p.id = v.recorded_by
     WHERE m.archived_at IS NULL ORDER BY m.slug, v.version`,
  )
  const meters = new Map<string, MeterDefinition>()
  for (const row of rows) {
    const meter = meters.get(row.id) ?? {
      ...{ id: row.id, slug: row.slug, name: row.name, description: row.description },
      capability: { key: row.key, name: row.capability, unit: row.unit, shape: row.shape },
      versions: [],
    }
    meter.versions.push({ ...versionOf(row), recordedAt: BigInt(row.recorded), recordedBy: row.recorder })
    meters.set(row.id, meter)
  }
  return [...meters.values()]
}

export async function listCapabilities(pool: Pool): Promise<CapabilityFacts[]> {
  const { rows } = await pool.query<CapabilityFacts>('SELECT key, name, unit, shape FROM capability ORDER BY key')
  return rows
}

const INSTANT = `to_char(v.effective_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

interface MeterRow {
  id: string
  slug: string
  name: string
  description: string | null
  key: string
  capability: string
  unit: string
  shape: string
  version: number
  begins: string
  event_type: string
  aggregation: string
  percentile: string | null
  value: unknown
  divisor: string
  group_by: Record<string, string>
  subject_required: boolean
  data_schema: Record<string, unknown> | null
  recorded: string
  recorder: string | null
}

const Version = CatalogueDocument.shape.meters.element.shape.versions.element

/** Read by the same schema as the projection reads it: what cannot be measured by is an error here too. */
function versionOf(row: MeterRow): MeterVersionFacts {
  return Version.parse({
    ...{ version: row.version, from: row.begins, eventType: row.event_type, aggregation: row.aggregation },
    ...{ percentile: row.percentile, value: row.value, divisor: row.divisor, groupBy: row.group_by },
    ...{ subjectRequired: row.subject_required, dataSchema: row.data_schema },
  })
}
