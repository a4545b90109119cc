import { randomUUID } from 'node:crypto'
import { CatalogueDocument, compileCatalogue, shardOf } from '@meterbook/core/catalogue'
import { type Instant, parseInstant } from '@meterbook/core/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { snapshotCatalogue } from '../catalogue-store.ts'
import { openPostgresTestDatabase, type PostgresTestDatabase, seedCatalogue } from '../postgres-test-database.ts'
import {
  actOnTrial,
  actTogether,
  addEnvironment,
  addInstallation,
  archiveApp,
  archiveSpace,
  changeSpace,
  createApp,
  createSpace,
  endInstallation,
  markInstallation,
  renameEnvironment,
  renameInstallation,
  transferApp,
} from './index.ts'

const by = { actorId: 'admin-1', requestId: 'request-1', reason: 'because' }
const NOW = at('2026-11-20T12:00:00Z')
const LONG_AGO = at('2020-01-01T00:00:00Z')

let database: PostgresTestDatabase
beforeAll(async () => {
  database = await openPostgresTestDatabase()
})
afterAll(() => database.drop())

test('a space is made, renamed, archived and opened again, and each act is in the audit log with before and after', async () => {
  const { id, slug } = await newSpace()
  await act((tx) => changeSpace(tx, { id, name: 'Other', by }))
  await act((tx) => archiveSpace(tx, { id, isArchived: true, by }))
  await act((tx) => archiveSpace(tx, { id, isArchived: false, by }))
  await act((tx) => archiveSpace(tx, { id, isArchived: false, by }))
  const { rows } = await database.pool.query(
    `SELECT act, actor_id, request_id, canonical::json->'before' AS before FROM audit_entry WHERE target_id = $1 ORDER BY sequence`,
    [id],
  )
  expect(rows.map(({ act }) => act)).toEqual(['space.create', 'space.change', 'space.archive', 'space.restore'])
  expect(rows[1]).toMatchObject({
    actor_id: 'admin-1',
    request_id: 'request-1',
    before: { name: slug, currency: 'USD', billingZone: 'UTC' },
  })
})

test('a slug is given once: that of an archived space is refused, and nothing of the refused act is left', async () => {
  const { id, slug } = await newSpace()
  await act((tx) => archiveSpace(tx, { id, isArchived: true, by }))
  const again = { slug, name: 'Again', currency: 'USD', billingZone: 'UTC', by }
  await expect(act((tx) => createSpace(tx, again))).rejects.toThrow(`found ${slug}`)
})

test('currency and billing zone stay once something was posted', async () => {
  const { id } = await newSpace()
  await act((tx) => changeSpace(tx, { id, currency: 'EUR', billingZone: 'Europe/Berlin', by }))
  await database.owner.query(
    `INSERT INTO ledger_entry (space_id, sequence, format_version, kind, canonical, previous_hash, hash, posted_at)
     VALUES ($1, 1, 1, 'usage', '{}', '\\x00', '\\x01', now())`,
    [id],
  )
  await expect(act((tx) => changeSpace(tx, { id, currency: 'USD', by }))).rejects.toThrow('has a ledger')
  await act((tx) => changeSpace(tx, { id, name: 'Renamed all the same', by }))
})

test('a space with an app in use is not archived, and nothing new begins in an archived one', async () => {
  const { id } = await newSpace()
  const app = await newApp(id)
  await expect(act((tx) => archiveSpace(tx, { id, isArchived: true, by }))).rejects.toThrow(app.slug)
  await act((tx) => archiveApp(tx, { id: app.id, isArchived: true, by }))
  await act((tx) => archiveSpace(tx, { id, isArchived: true, by }))
  await expect(newApp(id)).rejects.toThrow('is archived')
  await expect(act((tx) => archiveApp(tx, { id: app.id, isArchived: false, by }))).rejects.toThrow('is archived')
})

test('a new app is on the shard of its id, owned and entitled from the instant, in the colour that its space uses least', async () => {
  const seeded = await seedCatalogue(database.pool)
  const first = await newApp(seeded.spaceId)
  const second = await newApp(seeded.spaceId)
  const { rows } = await database.pool.query('SELECT id, shard, series FROM app WHERE id = ANY($1) ORDER BY series', [
    [first.id, second.id],
  ])
  expect(rows.map(({ series }) => series)).toEqual([2, 3])
  for (const { id, shard } of rows) expect(shard).toBe(shardOf(id, 4))
  const catalogue = await read()
  const { spaceId, capability: capabilityKey } = seeded
  const asked = { appId: first.id, spaceId, capabilityKey }
  expect(catalogue.entitlementOf({ ...asked, at: NOW })).not.toBeNull()
  expect(catalogue.entitlementOf({ ...asked, at: NOW - 1n })).toBeNull()
  expect(catalogue.ownershipOf(first.id, NOW - 1n)).toBeNull()
})

test('an installation is exempt from the instant on and billed before it', async () => {
  const { id: spaceId } = await newSpace()
  const { id: appId } = await newApp(spaceId)
  const site = { appId, key: 'site' }
  await act((tx) => addInstallation(tx, { ...site, name: 'Site', exempt: false, from: LONG_AGO, to: null, by }))
  await act((tx) => markInstallation(tx, { ...site, exempt: true, at: NOW, by }))
  const catalogue = await read()
  expect(catalogue.isExempt({ appId, installation: 'site', at: NOW - 1n })).toBe(false)
  expect(catalogue.isExempt({ appId, installation: 'site', at: NOW })).toBe(true)
  const twice = { ...site, name: 'Site', exempt: false, from: NOW, to: null, by }
  await expect(act((tx) => addInstallation(tx, twice))).rejects.toThrow('not installed')
  await act((tx) => endInstallation(tx, { ...site, from: NOW, to: NOW + 1n, by }))
  await act((tx) => renameInstallation(tx, { ...site, name: 'Other', by }))
  expect((await read()).isExempt({ appId, installation: 'site', at: NOW + 1n })).toBe(false)
})

test('an environment keeps its key and is named once', async () => {
  const { id: appId } = await newApp(null)
  await act((tx) => addEnvironment(tx, { appId, key: 'beta', name: 'Beta', by }))
  await act((tx) => renameEnvironment(tx, { appId, key: 'beta', name: 'Trial', by }))
  await expect(act((tx) => addEnvironment(tx, { appId, key: 'beta', name: 'B', by }))).rejects.toThrow('found beta')
})

test('a transfer splits ownership and rights at the instant, to the microsecond', async () => {
  const from = await seedCatalogue(database.pool)
  const to = await seedCatalogue(database.pool)
  const moment = at('2026-11-15T00:00:00.000001Z')
  const transfer = { appId: from.appId, toSpaceId: to.spaceId, at: moment, asOf: NOW, by }
  const done = await act((tx) => transferApp(tx, transfer))
  expect(done).toEqual({ fromSpaceId: from.spaceId, entitlements: { moved: 1, ended: 0 } })
  const catalogue = await read()
  const entitled = (spaceId: string, when: Instant) =>
    catalogue.entitlementOf({ appId: from.appId, spaceId, capabilityKey: from.capability, at: when }) !== null
  expect(catalogue.ownershipOf(from.appId, moment - 1n)?.spaceId).toBe(from.spaceId)
  expect(catalogue.ownershipOf(from.appId, moment)?.spaceId).toBe(to.spaceId)
  expect([entitled(from.spaceId, moment - 1n), entitled(from.spaceId, moment)]).toEqual([true, false])
  expect([entitled(to.spaceId, moment - 1n), entitled(to.spaceId, moment)]).toEqual([false, true])
  const { rows } = await database.pool.query(
    `SELECT space_id FROM audit_entry WHERE act = 'app.transfer' AND target_id = $1 ORDER BY sequence`,
    [from.appId],
  )
  expect(rows.map(({ space_id }) => space_id)).toEqual([from.spaceId, to.spaceId])
})

test('rights end where the new owner has no subscription, and an app without an owner is given from any open time', async () => {
  const from = await seedCatalogue(database.pool)
  const { id: bare } = await newSpace()
  const transfer = { appId: from.appId, toSpaceId: bare, at: NOW, asOf: NOW, by }
  expect(await act((tx) => transferApp(tx, transfer))).toMatchObject({ entitlements: { moved: 0, ended: 1 } })
  const stray = await newApp(null)
  const given = await act((tx) => transferApp(tx, { ...transfer, appId: stray.id, at: LONG_AGO }))
  expect(given.fromSpaceId).toBeNull()
})

test('a transfer into a month that is closed, or that is closing, is refused on either side', async () => {
  const from = await seedCatalogue(database.pool)
  const to = await seedCatalogue(database.pool)
  const transfer = { appId: from.appId, toSpaceId: to.spaceId, asOf: NOW, by }
  const move = (moment: string) => act((tx) => transferApp(tx, { ...transfer, at: at(moment) }))
  await expect(move('2026-10-31T23:59:59.999999Z')).rejects.toThrow('an earlier month is closing')
  await database.owner.query(
    `INSERT INTO statement (id, space_id, period_start, period_end, closed_at, closed_by, currency, exact_total, total, ledger_sequence, lines, checklist)
     VALUES ($1, $2, '2026-11-01', '2026-12-01', now(), 'test', 'USD', 0, 0, 1, '[]', '[]')`,
    [`2026-11-${randomUUID()}`, to.spaceId],
  )
  await expect(move('2026-11-30T23:59:59Z')).rejects.toThrow('last closed month')
  await expect(act((tx) => transferApp(tx, { ...transfer, toSpaceId: from.spaceId, at: NOW }))).rejects.toThrow(
    'another developer space',
  )
  expect((await read()).ownershipOf(from.appId, NOW)?.spaceId).toBe(from.spaceId)
})

test('a trial shows what would be and leaves nothing', async () => {
  const { id: spaceId } = await newSpace()
  const before = await snapshotCatalogue(database.pool)
  const seen = await actOnTrial(database.pool, async (tx) => {
    await createApp(tx, { ...blank(), spaceId })
    return (await tx.query('SELECT FROM app')).rowCount
  })
  expect(seen).toBe(before.apps.length + 1)
  expect(await snapshotCatalogue(database.pool)).toEqual(before)
})

function act<T>(acts: Parameters<typeof actTogether<T>>[1]): Promise<T> {
  return actTogether(database.pool, acts)
}

async function newSpace(): Promise<{ id: string; slug: string }> {
  const slug = `space-${randomUUID().slice(0, 8)}`
  const { id } = await act((tx) => createSpace(tx, { slug, name: slug, currency: 'USD', billingZone: 'UTC', by }))
  return { id, slug }
}

function blank() {
  const slug = `app-${randomUUID().slice(0, 8)}`
  const environments = [{ key: 'production', name: 'Production' }]
  return { slug, name: slug, spaceId: null, from: NOW, environments, isEntitled: true, shardCount: 4, by }
}

async function newApp(spaceId: string | null): Promise<{ id: string; slug: string }> {
  const app = blank()
  const { id } = await act((tx) => createApp(tx, { ...app, spaceId }))
  return { id, slug: app.slug }
}

async function read() {
  return compileCatalogue(CatalogueDocument.parse(await snapshotCatalogue(database.pool)))
}

function at(text: string): Instant {
  const parsed = parseInstant(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}
