import { randomUUID } from 'node:crypto'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { earlier } from '@meterbook/core/window'
import { microsOf } from '../micros-of.ts'
import type { PoolClient } from '../pool.ts'
import { lockApp } from './app-acts.ts'
import { type ActBy, audited, CatalogueRefused, type Validity } from './catalogue-act.ts'
import { mustBeUnclosed } from './space-periods.ts'

export interface InstallationFacts extends Validity {
  key: string
  name: string
  /** Its usage is measured and shown, at cost 0. */
  exempt: boolean
}

interface Row extends InstallationFacts {
  id: string
}

/** Adds an installation, or another stretch of time of one. Throws CatalogueRefused where it is there already at that time. */
export async function addInstallation(
  tx: PoolClient,
  input: InstallationFacts & { appId: string; by: ActBy },
): Promise<void> {
  const { appId, key, name, exempt, from, to, by } = input
  const app = await lockApp(tx, appId)
  if (app.isArchived)
    throw new CatalogueRefused('conflict', `expected an app in use, found that ${app.slug} is archived`)
  const rows = await rowsOf(tx, { appId, key })
  const other = rows.find((row) => (to === null || row.from < to) && (row.to === null || from < row.to))
  if (other !== undefined) {
    const until = other.to === null ? 'for good' : `until ${formatInstant(other.to)}`
    throw new CatalogueRefused(
      'conflict',
      `expected a time at which ${key} is not installed, found it from ${formatInstant(other.from)} ${until}`,
    )
  }
  if (exempt) await exemptionMustBeOpen(tx, { appId, at: from })
  await insert(tx, { appId, key, name, exempt, from, to })
  await audited(tx, {
    by,
    act: 'installation.add',
    target: { type: 'app', id: appId },
    spaceId: app.spaceId,
    before: null,
    after: factsOf({ key, name, exempt, from, to }),
  })
}

/**
 * Makes an installation exempt, or billed again, from an instant on: its stretch ends there and another begins. Usage after the instant that
 * is measured already keeps its mark until it is re-attributed. Throws CatalogueRefused.
 */
export async function markInstallation(
  tx: PoolClient,
  input: { appId: string; key: string; exempt: boolean; at: Instant; by: ActBy },
): Promise<void> {
  const { appId, key, exempt, at, by } = input
  const app = await lockApp(tx, appId)
  const row = await rowAt(tx, { appId, key, at })
  if (row.exempt === exempt) return
  await exemptionMustBeOpen(tx, { appId, at })
  await endRow(tx, { id: row.id, at })
  const next = { key, name: row.name, exempt, from: at, to: row.to }
  await insert(tx, { appId, ...next })
  await audited(tx, {
    by,
    act: 'installation.mark',
    target: { type: 'app', id: appId },
    spaceId: app.spaceId,
    before: factsOf(row),
    after: factsOf(next),
  })
}

/** Sets the end of the stretch that begins then; null: it has none. Throws CatalogueRefused. */
export async function endInstallation(
  tx: PoolClient,
  input: { appId: string; key: string; from: Instant; to: Instant | null; by: ActBy },
): Promise<void> {
  const { appId, key, from, to, by } = input
  const app = await lockApp(tx, appId)
  const row = (await rowsOf(tx, { appId, key })).find((each) => each.from === from)
  if (row === undefined) throw notInstalled(key, from)
  if (row.to === to) return
  if (to !== null && to < from)
    throw new CatalogueRefused('invalid', `expected an end from ${formatInstant(from)} on, found ${formatInstant(to)}`)
  if (row.exempt) {
    const earliest = row.to === null || to === null ? (row.to ?? to) : earlier(row.to, to)
    await exemptionMustBeOpen(tx, { appId, at: earliest ?? from })
  }
  await tx.query('UPDATE installation SET effective_to = $2 WHERE id = $1', [row.id, to && formatInstant(to)])
  await audited(tx, {
    by,
    act: 'installation.end',
    target: { type: 'app', id: appId },
    spaceId: app.spaceId,
    before: factsOf(row),
    after: factsOf({ ...row, to }),
  })
}

/** Names every stretch of an installation anew. */
export async function renameInstallation(
  tx: PoolClient,
  input: { appId: string; key: string; name: string; by: ActBy },
): Promise<void> {
  const { appId, key, name, by } = input
  const app = await lockApp(tx, appId)
  const before = (await rowsOf(tx, { appId, key })).at(-1)
  if (before === undefined) throw new CatalogueRefused('not_found', `No installation ${key} of this app`)
  const { rowCount } = await tx.query(
    'UPDATE installation SET name = $3 WHERE app_id = $1 AND key = $2 AND name <> $3',
    [appId, key, name],
  )
  if (rowCount === 0) return
  await audited(tx, {
    by,
    act: 'installation.rename',
    target: { type: 'app', id: appId },
    spaceId: app.spaceId,
    before: { key, name: before.name },
    after: { key, name },
  })
}

async function rowAt(tx: PoolClient, input: { appId: string; key: string; at: Instant }): Promise<Row> {
  const { key, at } = input
  const row = (await rowsOf(tx, input)).find((each) => each.from <= at && (each.to === null || at < each.to))
  if (row === undefined) throw notInstalled(key, at)
  return row
}

function notInstalled(key: string, at: Instant): CatalogueRefused {
  return new CatalogueRefused(
    'not_found',
    `expected ${key} to be installed at ${formatInstant(at)}, found that it is not`,
  )
}

async function rowsOf(tx: PoolClient, { appId, key }: { appId: string; key: string }): Promise<Row[]> {
  const { rows } = await tx.query<{ id: string; name: string; exempt: boolean; begins: string; ends: string | null }>(
    `SELECT id, name, exempt, ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends FROM installation
     WHERE app_id = $1 AND key = $2 AND (effective_to IS NULL OR effective_to > effective_from) ORDER BY effective_from`,
    [appId, key],
  )
  return rows.map(({ id, name, exempt, begins, ends }) => ({
    id,
    key,
    name,
    exempt,
    from: BigInt(begins),
    to: ends === null ? null : BigInt(ends),
  }))
}

async function endRow(tx: PoolClient, { id, at }: { id: string; at: Instant }): Promise<void> {
  await tx.query('UPDATE installation SET effective_to = $2 WHERE id = $1', [id, formatInstant(at)])
}

async function insert(tx: PoolClient, input: InstallationFacts & { appId: string }): Promise<void> {
  const { appId, key, name, exempt, from, to } = input
  await tx.query(
    `INSERT INTO installation (id, app_id, key, name, exempt, effective_from, effective_to) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [randomUUID(), appId, key, name, exempt, formatInstant(from), to && formatInstant(to)],
  )
}

/** An exemption changes money: not of a month that is closed, whoever owned the app then. */
async function exemptionMustBeOpen(tx: PoolClient, { appId, at }: { appId: string; at: Instant }): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT DISTINCT space_id AS id FROM app_ownership
     WHERE app_id = $1 AND (effective_to IS NULL OR effective_to > $2::timestamptz) AND (effective_to IS NULL OR effective_to > effective_from)`,
    [appId, formatInstant(at)],
  )
  await mustBeUnclosed(tx, { spaceIds: rows.map(({ id }) => id), at, asOf: null })
}

function factsOf({ key, name, exempt, from, to }: InstallationFacts): Record<string, unknown> {
  return { key, name, exempt, from: formatInstant(from), to: to && formatInstant(to) }
}
