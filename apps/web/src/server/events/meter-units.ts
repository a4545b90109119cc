import { fromScaled, QUANTITY_SCALE } from '@meterbook/core/kernel'
import { valueInUnit } from '@meterbook/core/window'
import { listMeters, type Pool } from '@meterbook/db/postgres'

/** What turns a recorded base measure into a meter's unit: by meter, then by version. */
export type MeterUnits = ReadonlyMap<string, { unit: string; divisors: ReadonlyMap<number, string> }>

export async function meterUnits(pool: Pool): Promise<MeterUnits> {
  const meters = await listMeters(pool)
  return new Map(
    meters.map(({ slug, unit, versions }) => [
      slug,
      { unit, divisors: new Map(versions.map(({ version, divisor }) => [version, divisor])) },
    ]),
  )
}

/**
 * A quantity exactly: `base` in the version's base measure, `quantity` in the unit (null if the meter is archived). `record.quantity`: times
 * 10^30.
 */
export function quantityText(
  units: MeterUnits,
  record: { meter: string; meterVersion: number; quantity: bigint },
): { base: string; quantity: string | null; unit: string | null } {
  const base = fromScaled(record.quantity, QUANTITY_SCALE)
  const meter = units.get(record.meter)
  const divisor = meter?.divisors.get(record.meterVersion)
  return {
    base,
    quantity: divisor === undefined ? null : valueInUnit(base, divisor),
    unit: meter?.unit ?? null,
  }
}
