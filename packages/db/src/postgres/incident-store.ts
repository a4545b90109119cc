import { hash, randomUUID } from 'node:crypto'
import { type Difference, type DifferenceScope, scopeKey } from '@meterbook/core/reconciliation'
import { microsOf } from './micros-of.ts'
import type { Pool } from './pool.ts'

/** Beyond this many open incidents none is opened: a lost table would be one for every app, meter and hour. They are counted all the same. */
const OPEN_MAX = 10_000

/** A difference that was confirmed, as it is kept. Instants in microseconds. */
export interface Incident extends Difference {
  id: string
  openedAt: bigint
  lastSeenAt: bigint
  resolvedAt: bigint | null
}

/**
 * Opens an incident for each difference whose scope has none open, and marks the others as seen again, with their present size. Returns how
 * many were opened; `withheld`: those that the bound kept from being written.
 */
export async function recordIncidents(
  pool: Pool,
  differences: readonly Difference[],
): Promise<{ opened: number; withheld: number }> {
  if (differences.length === 0) return { opened: 0, withheld: 0 }
  const byScope = new Map(differences.map((each) => [keyOf(each), each]))
  const open = await findOpen(pool, [...byScope.keys()])
  const fresh = [...byScope.keys()].filter((key) => !open.has(key))
  const room = Math.max(0, OPEN_MAX - (await countOpenIncidents(pool)))
  const withheld = fresh.splice(room).length
  const rows = [...open, ...fresh].map((key) => rowOf(key, byScope.get(key) as Difference))
  if (rows.length === 0) return { opened: 0, withheld }
  const result = await pool.query<{ is_new: boolean }>({
    name: 'incident-record',
    // One document, because Postgres has no array of arrays of different lengths.
    text: `INSERT INTO incident AS i (id, scope_key, what, figure, shard, first, last, app_id, meter, meter_version, hour,
        space_id, environment, is_exempt, expected, found, difference, positions)
      SELECT d.id, d.scope_key, d.what, d.figure, d.shard, d.first, d.last, d.app_id, d.meter, d.meter_version,
        'epoch'::timestamptz + d.hour * interval '1 microsecond', d.space_id, d.environment, d.is_exempt,
        d.expected, d.found, d.difference, ARRAY(SELECT jsonb_array_elements_text(d.positions))
      FROM jsonb_to_recordset($1::jsonb) AS d (id uuid, scope_key text, what text, figure text, shard smallint, first bigint, last bigint,
        app_id text, meter text, meter_version int, hour bigint, space_id text, environment text, is_exempt boolean,
        expected text, found text, difference text, positions jsonb)
      ON CONFLICT (scope_key) WHERE resolved_at IS NULL DO UPDATE SET last_seen_at = now(), expected = excluded.expected,
        found = excluded.found, difference = excluded.difference, positions = excluded.positions
      RETURNING (xmax = 0) AS is_new`,
    values: [JSON.stringify(rows)],
  })
  return { opened: result.rows.filter((row) => row.is_new).length, withheld }
}

/** Of a fixed length, because an index holds it and an environment's name may be long. */
function keyOf(scope: DifferenceScope): string {
  return hash('sha256', scopeKey(scope), 'hex')
}

async function findOpen(pool: Pool, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ scope_key: string }>({
    name: 'incident-open',
    text: 'SELECT scope_key FROM incident WHERE resolved_at IS NULL AND scope_key = ANY($1::text[])',
    values: [keys],
  })
  return new Set(rows.map((row) => row.scope_key))
}

function rowOf(key: string, difference: Difference): Record<string, unknown> {
  return {
    id: randomUUID(),
    scope_key: key,
    what: difference.what,
    figure: difference.figure,
    shard: difference.shard,
    first: difference.first?.toString() ?? null,
    last: difference.last?.toString() ?? null,
    app_id: difference.appId,
    meter: difference.meter,
    meter_version: difference.meterVersion,
    hour: difference.hour?.toString() ?? null,
    space_id: difference.spaceId,
    environment: difference.environment,
    is_exempt: difference.isExempt,
    expected: difference.expected,
    found: difference.found,
    difference: difference.difference,
    positions: difference.positions,
  }
}

/** Marks incidents as gone: a look at their scope did not find them. Resolved ones stay as they were. */
export async function resolveIncidents(pool: Pool, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  const result = await pool.query(
    'UPDATE incident SET resolved_at = now() WHERE id = ANY($1::uuid[]) AND resolved_at IS NULL',
    [ids],
  )
  return result.rowCount ?? 0
}

/** What verification alone can judge: no look of reconciliation tells whether it is gone. */
const VERIFIED = `('ledger_chain', 'audit_chain', 'journal_seal')`

/** Marks as gone what was last seen before the round under way began. To be called when that round has looked everywhere. */
export async function resolveUnseenIncidents(pool: Pool): Promise<number> {
  const result = await pool.query(
    `UPDATE incident SET resolved_at = now() FROM reconciliation_round r
      WHERE resolved_at IS NULL AND last_seen_at < r.begun_at AND what NOT IN ${VERIFIED}`,
  )
  return result.rowCount ?? 0
}

/** Open incidents that reconciliation can look at again, those first that nobody has looked at for longest. */
export async function listOpenIncidents(pool: Pool, input: { limit: number }): Promise<Incident[]> {
  const { rows } = await pool.query<IncidentRow>(
    `SELECT ${COLUMNS} FROM incident WHERE resolved_at IS NULL AND what NOT IN ${VERIFIED} ORDER BY last_seen_at, id LIMIT $1`,
    [input.limit],
  )
  return rows.map(incidentOf)
}

/** The newest incidents, open and resolved. */
export async function listIncidents(pool: Pool, input: { limit: number }): Promise<Incident[]> {
  const { rows } = await pool.query<IncidentRow>(
    `SELECT ${COLUMNS} FROM incident ORDER BY opened_at DESC, id LIMIT $1`,
    [input.limit],
  )
  return rows.map(incidentOf)
}

/** How many differences stand open now. */
export async function countOpenIncidents(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>({
    name: 'incident-count',
    text: 'SELECT count(*)::int AS count FROM incident WHERE resolved_at IS NULL',
  })
  return rows[0]?.count ?? 0
}

interface IncidentRow {
  id: string
  what: string
  figure: string
  shard: number | null
  first: string | null
  last: string | null
  app_id: string
  meter: string
  meter_version: number | null
  hour: string | null
  space_id: string
  environment: string
  is_exempt: boolean | null
  expected: string
  found: string
  difference: string
  positions: string[]
  opened_at: string
  last_seen_at: string
  resolved_at: string | null
}

const COLUMNS = `id, what, figure, shard, first, last, app_id, meter, meter_version, ${microsOf('hour')} AS hour, space_id, environment, is_exempt,
  expected, found, difference, positions, ${microsOf('opened_at')} AS opened_at, ${microsOf('last_seen_at')} AS last_seen_at, ${microsOf('resolved_at')} AS resolved_at`

function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id,
    what: row.what as DifferenceScope['what'],
    figure: row.figure as DifferenceScope['figure'],
    shard: row.shard,
    first: row.first === null ? null : BigInt(row.first),
    last: row.last === null ? null : BigInt(row.last),
    appId: row.app_id,
    meter: row.meter,
    meterVersion: row.meter_version,
    hour: row.hour === null ? null : BigInt(row.hour),
    spaceId: row.space_id,
    environment: row.environment,
    isExempt: row.is_exempt,
    expected: row.expected,
    found: row.found,
    difference: row.difference,
    positions: row.positions,
    openedAt: BigInt(row.opened_at),
    lastSeenAt: BigInt(row.last_seen_at),
    resolvedAt: row.resolved_at === null ? null : BigInt(row.resolved_at),
  }
}
