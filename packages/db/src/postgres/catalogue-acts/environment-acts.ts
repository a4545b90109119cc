import type { PoolClient } from '../pool.ts'
import { lockApp } from './app-acts.ts'
import { type ActBy, audited, CatalogueRefused } from './catalogue-act.ts'

/** Adds an environment to an app. Its key stands in events and stays; it is never removed. */
export async function addEnvironment(
  tx: PoolClient,
  input: { appId: string; key: string; name: string; by: ActBy },
): Promise<void> {
  const { appId, key, name, by } = input
  const app = await lockApp(tx, appId)
  if ((await nameOf(tx, { appId, key })) !== null)
    throw new CatalogueRefused('conflict', `expected a key that no environment of ${app.slug} has, found ${key}`)
  await tx.query('INSERT INTO environment (app_id, key, name) VALUES ($1, $2, $3)', [appId, key, name])
  await audited(tx, {
    by,
    act: 'environment.add',
    target: { type: 'app', id: appId },
    spaceId: app.spaceId,
    before: null,
    after: { key, name },
  })
}

export async function renameEnvironment(
  tx: PoolClient,
  input: { appId: string; key: string; name: string; by: ActBy },
): Promise<void> {
  const { appId, key, name, by } = input
  const app = await lockApp(tx, appId)
  const before = await nameOf(tx, { appId, key })
  if (before === null) throw new CatalogueRefused('not_found', `No environment ${key} in this app`)
  if (before === name) return
  await tx.query('UPDATE environment SET name = $3 WHERE app_id = $1 AND key = $2', [appId, key, name])
  await audited(tx, {
    by,
    act: 'environment.rename',
    target: { type: 'app', id: appId },
    spaceId: app.spaceId,
    before: { key, name: before },
    after: { key, name },
  })
}

async function nameOf(tx: PoolClient, { appId, key }: { appId: string; key: string }): Promise<string | null> {
  const { rows } = await tx.query<{ name: string }>('SELECT name FROM environment WHERE app_id = $1 AND key = $2', [
    appId,
    key,
  ])
  return rows[0]?.name ?? null
}
