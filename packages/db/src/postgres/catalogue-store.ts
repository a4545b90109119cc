import type { StoredCatalogue } from '@meterbook/core/catalogue'
import type { Pool, PoolClient } from './pool.ts'

/** Changes whenever something that attribution or measuring reads has changed. */
export async function readCatalogueRevision(pool: Pool): Promise<bigint> {
  const { rows } = await pool.query<{ revision: string }>({
    name: 'catalogue-revision',
    text: 'SELECT revision FROM catalogue_head WHERE id = 1',
  })
  return BigInt(rows[0]?.revision ?? 0)
}

/**
 * The catalogue as it is now, and a lasting copy of it under its revision: a group that names the revision can be computed again
 * from exactly these facts. One statement, so one snapshot of the database.
 */
export async function snapshotCatalogue(pool: Pool | PoolClient): Promise<StoredCatalogue> {
  const { rows } = await pool.query<{ document: StoredCatalogue }>(DOCUMENT)
  const document = rows[0]?.document
  if (!document) throw new Error('expected the catalogue to have a revision; the database was not migrated')
  await pool.query(
    'INSERT INTO catalogue_snapshot (revision, document) VALUES ($1, $2) ON CONFLICT (revision) DO NOTHING',
    [document.revision, JSON.stringify(document)],
  )
  return document
}

/** The copy that was kept of an earlier revision. */
export async function readCatalogueSnapshot(pool: Pool, revision: bigint): Promise<StoredCatalogue> {
  const { rows } = await pool.query<{ document: StoredCatalogue }>(
    'SELECT document FROM catalogue_snapshot WHERE revision = $1',
    [revision.toString()],
  )
  const document = rows[0]?.document
  if (!document) throw new Error(`expected a snapshot of catalogue revision ${revision}, found none`)
  return document
}

const text = (name: string) => `to_char(${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const list = (select: string) => `(SELECT coalesce(jsonb_agg(row), '[]'::jsonb) FROM (${select}) AS row)`
const VALIDITY = `${text('effective_from')} AS "from", ${text('effective_to')} AS "to"`

const DOCUMENT = `SELECT jsonb_build_object(
  'revision', (SELECT revision::text FROM catalogue_head WHERE id = 1),
  'apps', ${list('SELECT id, slug, shard FROM app ORDER BY id')},
  'ownerships', ${list(`SELECT app_id AS "appId", space_id AS "spaceId", ${VALIDITY} FROM app_ownership ORDER BY app_id, effective_from`)},
  'installations', ${list(`SELECT app_id AS "appId", key, exempt, ${VALIDITY} FROM installation ORDER BY app_id, key, effective_from`)},
  'meters', ${list(`SELECT m.id, m.slug, m.capability_key AS "capabilityKey", (
      SELECT jsonb_agg(jsonb_build_object('version', v.version, 'from', ${text('v.effective_from')}, 'eventType', v.event_type,
        'aggregation', v.aggregation,
        'percentile', trim_scale(v.percentile)::text, 'value', v.value, 'divisor', trim_scale(v.divisor)::text, 'groupBy', v.group_by,
        'subjectRequired', v.subject_required, 'dataSchema', v.data_schema) ORDER BY v.version)
      FROM meter_version v WHERE v.meter_id = m.id) AS versions
    FROM meter m WHERE EXISTS (SELECT FROM meter_version v WHERE v.meter_id = m.id) ORDER BY m.slug`)},
  'subscriptions', ${list(`SELECT id, space_id AS "spaceId", ${VALIDITY} FROM subscription ORDER BY id`)},
  'entitlements', ${list(`SELECT id, subscription_id AS "subscriptionId", app_id AS "appId", capability_key AS "capabilityKey", ${VALIDITY}
    FROM entitlement ORDER BY id`)}
) AS document`
