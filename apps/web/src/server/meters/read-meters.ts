// server/meters: what meters are, for who defines them and for who is billed by them; drafts tried on real events before they count.
// Promises: a draft is never written and never projected; a developer is shown definitions and prices, nobody's usage but their own.
// Does not know: sessions, how a version is recorded, how usage is rated.
import { formulaText, type MeterVersionFacts } from '@meterbook/core/catalogue'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { listMeterDefinitions, type MeterDefinition, type Pool } from '@meterbook/db/postgres'

/** Every meter with its versions, as texts; `inForce`: the number of the version that measures now, null before the first begins. */
export async function readMeters(pool: Pool, now: Instant) {
  return (await listMeterDefinitions(pool)).map((meter) => meterText(meter, now))
}

/** One of them; null if there is none. */
export async function readMeter(pool: Pool, input: { slug: string; now: Instant }) {
  const meter = await findMeter(pool, input.slug)
  return meter === null ? null : meterText(meter, input.now)
}

export async function findMeter(pool: Pool, slug: string): Promise<MeterDefinition | null> {
  return (await listMeterDefinitions(pool)).find((meter) => meter.slug === slug) ?? null
}

export type MeterText = ReturnType<typeof meterText>

function meterText(meter: MeterDefinition, now: Instant) {
  const { id, slug, name, description, capability, versions } = meter
  return {
    ...{ id, slug, name, description, capability },
    inForce: versionInForce(versions, now)?.version ?? null,
    now: formatInstant(now),
    versions: versions.map(({ from, recordedAt, recordedBy, ...version }, index) => {
      const next = versions[index + 1]?.from
      return {
        ...version,
        formula: formulaText(version),
        percentile: version.percentile ?? null,
        dataSchema: version.dataSchema ?? null,
        from: formatInstant(from),
        to: next === undefined ? null : formatInstant(next),
        recordedAt: formatInstant(recordedAt),
        recordedBy,
      }
    }),
  }
}

/** The last that began at or before the instant. */
export function versionInForce<Version extends Pick<MeterVersionFacts, 'from' | 'version'>>(
  versions: readonly Version[],
  at: Instant,
): Version | null {
  return versions.reduce<Version | null>((found, version) => {
    if (version.from > at) return found
    return found === null || version.from >= found.from ? version : found
  }, null)
}
