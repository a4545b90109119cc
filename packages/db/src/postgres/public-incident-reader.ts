import type { Pool } from './pool.ts'

/**
 * Differences that were found, as anybody may know of them: what was compared, of which meter, in which hours. Whose usage it was, how much, and in which
 * rows, is left out where it is read, so that no page can show it.
 */
export interface PublicIncident {
  what: string
  /** null: of no meter */
  meter: string | null
  /** Milliseconds since the epoch; of the hours concerned, null where none is named. */
  firstHourMs: number | null
  lastHourMs: number | null
  openedAtMs: number
  /** null: at least one of them is open */
  resolvedAtMs: number | null
  /** How many differences are taken together: those of one meter, found in one hour. */
  count: number
}

/** The newest first; one for all differences of a meter that were found in the same hour. */
export async function listPublicIncidents(
  pool: Pool,
  { fromMs, limit }: { fromMs: number; limit: number },
): Promise<PublicIncident[]> {
  const ms = (expression: string) => `(extract(epoch FROM ${expression}) * 1000)::float8`
  const { rows } = await pool.query<{
    what: string
    meter: string
    first_hour: number | null
    last_hour: number | null
    opened_at: number
    resolved_at: number | null
    incidents: number
  }>({
    name: 'incidents-public',
    text: `SELECT what, meter, ${ms('min(hour)')} AS first_hour, ${ms('max(hour)')} AS last_hour, ${ms('min(opened_at)')} AS opened_at,
        CASE WHEN bool_and(resolved_at IS NOT NULL) THEN ${ms('max(resolved_at)')} END AS resolved_at, count(*)::int AS incidents
      FROM incident WHERE opened_at >= to_timestamp($1) OR resolved_at IS NULL
      GROUP BY what, meter, date_trunc('hour', opened_at) ORDER BY min(opened_at) DESC LIMIT $2`,
    values: [fromMs / 1000, limit],
  })
  return rows.map((row) => ({
    what: row.what,
    meter: row.meter === '' ? null : row.meter,
    firstHourMs: row.first_hour,
    lastHourMs: row.last_hour,
    openedAtMs: row.opened_at,
    resolvedAtMs: row.resolved_at,
    count: row.incidents,
  }))
}
