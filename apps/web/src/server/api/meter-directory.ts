import type { Aggregation } from '@meterbook/core/catalogue'

/** A meter as the public interface shows it, in its newest version, and the divisors of all versions, whose usage may still be asked for. */
export interface MeterDefinition {
  id: string
  slug: string
  name: string
  /** The key of what its usage is billed as. */
  capability: string
  description?: string | null
  aggregation: Aggregation
  /** PERCENTILE only: a fraction of one, as decimal text */
  percentile?: string | null
  eventType: string
  /** JSONPath; left out for COUNT, and where the value is more than one member */
  valueProperty?: string | null
  /** dimension → JSONPath */
  groupBy: Readonly<Record<string, string>>
  unit: string
  versions: readonly { version: number; divisor: string; aggregation: Aggregation; effectiveFrom: Date }[]
  createdAt: Date
  updatedAt: Date
}

export interface MeterDirectory {
  /** Every meter that is not archived. */
  listMeters(): Promise<readonly MeterDefinition[]>
}
