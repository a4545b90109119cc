import { CATALOGUE_FORMAT, CatalogueFile } from '@meterbook/core/catalogue-file'
import type { Pool, PoolClient } from '../pool.ts'

/**
 * The catalogue as it is now, as a file has it: everything by slug, stretches of time that are empty left out. One statement, so one snapshot of
 * the database. Throws ZodError for a catalogue that no file can hold.
 */
export async function readCatalogueFile(db: Pool | PoolClient): Promise<CatalogueFile> {
  const { rows } = await db.query<{ document: object }>(DOCUMENT)
  return CatalogueFile.parse({ format: CATALOGUE_FORMAT, ...(said(rows[0]?.document) as object) })
}

/** What is a document of its own: a null in it is somebody's word. */
const VERBATIM = new Set(['value', 'dataSchema', 'tiers', 'groupBy'])

/** Without the members that are null: what is not so is not said in a file. */
function said(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(said)
  if (typeof node !== 'object' || node === null) return node
  const members = Object.entries(node).filter(([, value]) => value !== null)
  return Object.fromEntries(members.map(([name, value]) => [name, VERBATIM.has(name) ? value : said(value)]))
}

const text = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const validity = (alias: string) =>
  `${text(`${alias}.effective_from`)} AS "from", ${text(`${alias}.effective_to`)} AS "to"`
const lasting = (alias: string) => `(${alias}.effective_to IS NULL OR ${alias}.effective_to > ${alias}.effective_from)`
const list = (select: string) => `(SELECT coalesce(jsonb_agg(listed), '[]') FROM (${select}) AS listed)`

/** Of two versions that begin together the later one is in force. */
const METER_VERSIONS = `SELECT ${text('v.effective_from')} AS "from", v.event_type AS "eventType", v.aggregation, trim_scale(v.percentile)::text AS percentile,
    v.value, trim_scale(v.divisor)::text AS divisor, v.group_by AS "groupBy", v.subject_required AS "subjectRequired", v.data_schema AS "dataSchema"
  FROM meter_version v WHERE v.meter_id = m.id AND NOT EXISTS (SELECT FROM meter_version o
    WHERE o.meter_id = v.meter_id AND o.effective_from = v.effective_from AND o.version > v.version) ORDER BY v.effective_from`

const PRICES = `SELECT c.capability_key AS capability, ${list(`SELECT ${text('p.effective_from')} AS "from", trim_scale(p.allowance)::text AS allowance,
      trim_scale(p.price)::text AS price, trim_scale(p.per)::text AS per, p.packaging, p.tiers
    FROM price p WHERE p.price_book_id = b.id AND p.capability_key = c.capability_key ORDER BY p.effective_from`)} AS versions
  FROM (SELECT DISTINCT capability_key FROM price WHERE price_book_id = b.id) AS c ORDER BY 1`

/** Rights that are alike but for their capability stand together. The subscription is named only where it is not the one in force at `from`. */
const ENTITLEMENTS = `SELECT d.slug AS space, CASE WHEN tstzrange(s.effective_from, s.effective_to) @> e.effective_from THEN NULL
      ELSE ${text('s.effective_from')} END AS "subscribedFrom", ${validity('e')}, jsonb_agg(e.capability_key ORDER BY e.capability_key) AS capabilities
  FROM entitlement e JOIN subscription s ON s.id = e.subscription_id JOIN developer_space d ON d.id = s.space_id
  WHERE e.app_id = a.id AND ${lasting('e')} GROUP BY d.slug, s.effective_from, s.effective_to, e.effective_from, e.effective_to
  ORDER BY e.effective_from, d.slug, e.effective_to`

const DOCUMENT = `SELECT jsonb_build_object(
  'capabilities', ${list('SELECT key, name, unit, shape FROM capability ORDER BY key')},
  'meters', ${list(`SELECT m.slug, m.name, m.description, m.capability_key AS capability, m.archived_at IS NOT NULL AS archived,
      ${list(METER_VERSIONS)} AS versions
    FROM meter m WHERE EXISTS (SELECT FROM meter_version v WHERE v.meter_id = m.id) ORDER BY m.slug`)},
  'priceBooks', ${list(`SELECT b.slug, b.name, b.currency, ${list(PRICES)} AS prices FROM price_book b ORDER BY b.slug`)},
  'spaces', ${list(`SELECT d.slug, d.name, d.currency, d.billing_zone AS "billingZone", d.archived_at IS NOT NULL AS archived,
      ${list(`SELECT b.slug AS "priceBook", ${validity('s')} FROM subscription s JOIN price_book b ON b.id = s.price_book_id
        WHERE s.space_id = d.id AND ${lasting('s')} ORDER BY s.effective_from`)} AS subscriptions,
      ${list(`SELECT t.kind, t.capability_key AS capability, trim_scale(t.percent)::text AS percent, trim_scale(t.amount)::text AS amount, t.text, ${validity('t')}
        FROM billing_term t WHERE t.space_id = d.id AND ${lasting('t')} ORDER BY t.recorded_at, t.id`)} AS terms
    FROM developer_space d ORDER BY d.slug`)},
  'apps', ${list(`SELECT a.slug, a.name, a.series, a.archived_at IS NOT NULL AS archived,
      ${list(`SELECT d.slug AS space, ${validity('o')} FROM app_ownership o JOIN developer_space d ON d.id = o.space_id
        WHERE o.app_id = a.id AND ${lasting('o')} ORDER BY o.effective_from`)} AS owners,
      ${list('SELECT v.key, v.name FROM environment v WHERE v.app_id = a.id ORDER BY v.key')} AS environments,
      ${list(`SELECT i.key, i.name, i.exempt, ${validity('i')} FROM installation i
        WHERE i.app_id = a.id AND ${lasting('i')} ORDER BY i.key, i.effective_from`)} AS installations,
      ${list(ENTITLEMENTS)} AS entitlements
    FROM app a ORDER BY a.slug`)}
) AS document`
