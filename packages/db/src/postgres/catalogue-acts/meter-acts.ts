import { randomUUID } from 'node:crypto'
import type { CapabilityDraft, MeterDraft, MeterVersionDraft } from '@meterbook/core/catalogue'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { schemaFault } from '@meterbook/core/meter'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { beginAct, insertNew, refuseUnnamedPast } from './act-checks.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'

/** Adds what a price can be for. Refused if the key is taken. */
export async function createCapability(tx: PoolClient, input: { by: ActBy; draft: CapabilityDraft }): Promise<void> {
  await beginAct(tx)
  const { draft } = input
  const { key, name, unit, shape } = draft
  await insertNew(
    tx.query('INSERT INTO capability (key, name, unit, shape) VALUES ($1, $2, $3, $4)', [key, name, unit, shape]),
    `expected a key that is free, found the capability ${key}`,
  )
  await audited(tx, {
    by: input.by,
    act: 'capability.create',
    target: { type: 'capability', id: key },
    spaceId: null,
    before: null,
    after: { ...draft },
  })
}

/** Adds a meter with its first version; gives its id. Refused if the slug is taken or the capability is not there. */
export async function createMeter(
  tx: PoolClient,
  input: { by: ActBy; draft: MeterDraft; isBackDated: boolean },
): Promise<{ id: string }> {
  const { now } = await beginAct(tx)
  const { version, ...meter } = input.draft
  checkSchema(version)
  refuseUnnamedPast({ from: version.effectiveFrom, now, isBackDated: input.isBackDated })
  const known = await tx.query('SELECT FROM capability WHERE key = $1', [meter.capabilityKey])
  if (known.rowCount === 0)
    throw new CatalogueRefused('not_found', `expected a known capability, found ${meter.capabilityKey}`)
  const id = randomUUID()
  await insertNew(
    tx.query('INSERT INTO meter (id, slug, name, description, capability_key) VALUES ($1, $2, $3, $4, $5)', [
      id,
      meter.slug,
      meter.name,
      meter.description,
      meter.capabilityKey,
    ]),
    `expected a slug that is free, found the meter ${meter.slug}`,
  )
  await insertVersion(tx, { by: input.by, meterId: id, number: 1, version })
  await audited(tx, {
    by: input.by,
    act: 'meter.create',
    target: { type: 'meter', id: id },
    spaceId: null,
    before: null,
    after: { ...meter, version: versionText(1, version) },
  })
  return { id }
}

/** Adds the next version of a meter; gives its number. Refused unless it begins after every version there is: none is ever edited. */
export async function addMeterVersion(
  tx: PoolClient,
  input: { by: ActBy; meterId: string; version: MeterVersionDraft; isBackDated: boolean },
): Promise<{ version: number }> {
  const { now } = await beginAct(tx)
  const { meterId, version } = input
  checkSchema(version)
  const newest = await newestVersion(tx, meterId)
  if (version.effectiveFrom <= newest.from) {
    throw new CatalogueRefused(
      'conflict',
      `expected a beginning after that of version ${newest.version} (${formatInstant(newest.from)}), found ${formatInstant(version.effectiveFrom)}`,
    )
  }
  refuseUnnamedPast({ from: version.effectiveFrom, now, isBackDated: input.isBackDated })
  const number = newest.version + 1
  await insertVersion(tx, { by: input.by, meterId, number, version })
  await audited(tx, {
    by: input.by,
    act: 'meter.version',
    target: { type: 'meter', id: meterId },
    spaceId: null,
    before: newest.document,
    after: versionText(number, version),
  })
  return { version: number }
}

/** What a meter is called changes nothing that it measures. */
export async function renameMeter(
  tx: PoolClient,
  input: { by: ActBy; meterId: string; name: string; description: string | null },
): Promise<void> {
  await beginAct(tx)
  const { meterId, name, description } = input
  const { rows } = await tx.query<{ name: string; description: string | null }>(
    'SELECT name, description FROM meter WHERE id = $1 FOR UPDATE',
    [meterId],
  )
  const [before] = rows
  if (before === undefined) throw new CatalogueRefused('not_found', 'No such meter')
  if (before.name === name && before.description === description) return
  await tx.query('UPDATE meter SET name = $2, description = $3 WHERE id = $1', [meterId, name, description])
  await audited(tx, {
    by: input.by,
    act: 'meter.rename',
    target: { type: 'meter', id: meterId },
    spaceId: null,
    before,
    after: { name, description },
  })
}

/** A schema that does not compile would hold every event for ever. */
function checkSchema({ dataSchema }: MeterVersionDraft): void {
  const fault = dataSchema === null ? null : schemaFault(dataSchema)
  if (fault !== null) throw new CatalogueRefused('invalid', `expected a JSON Schema, found one that is none: ${fault}`)
}

async function newestVersion(
  tx: PoolClient,
  meterId: string,
): Promise<{ version: number; from: Instant; document: Record<string, unknown> }> {
  const { rows } = await tx.query<{ version: number; begins: string; document: Record<string, unknown> }>(
    `SELECT version, ${microsOf('effective_from')} AS begins, to_jsonb(v) - 'recorded_at' - 'recorded_by' - 'meter_id' AS document
     FROM meter_version v WHERE meter_id = $1 ORDER BY version DESC LIMIT 1`,
    [meterId],
  )
  const [row] = rows
  if (row === undefined) throw new CatalogueRefused('not_found', 'No such meter')
  return { version: row.version, from: BigInt(row.begins), document: row.document }
}

async function insertVersion(
  tx: PoolClient,
  input: { by: ActBy; meterId: string; number: number; version: MeterVersionDraft },
): Promise<void> {
  const { meterId, number, version } = input
  await tx.query(
    `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, percentile, value, divisor, group_by,
       subject_required, data_schema, recorded_by)
     VALUES ($1, $2, $3, $4, $5::aggregation, $6, $7, $8, $9, $10, $11, $12)`,
    [
      meterId,
      number,
      formatInstant(version.effectiveFrom),
      version.eventType,
      version.aggregation,
      version.percentile,
      jsonOrNull(version.value),
      version.divisor,
      JSON.stringify(version.groupBy),
      version.subjectRequired,
      jsonOrNull(version.dataSchema),
      input.by.actorId,
    ],
  )
}

function versionText(number: number, version: MeterVersionDraft): Record<string, unknown> {
  return { ...version, version: number, effectiveFrom: formatInstant(version.effectiveFrom) }
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}
