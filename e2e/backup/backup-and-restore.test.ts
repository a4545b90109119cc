import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { rebuildIfLost } from '@meterbook/db/rebuild'
import { type BackupManifest, backupHome, restoreHome } from '@meterbook/stack/backup'
import { type LocalServers, startServers } from '@meterbook/stack/servers'
import { until } from '@meterbook/stack/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OutageSystem, startOutageSystem } from '../outages/outage-system.ts'
import { startSteadyLoad } from '../outages/steady-load.ts'
import { runCommand } from '../torture/command-line.ts'

const SCRIPT = new URL('../../scripts/backup.ts', import.meta.url).pathname
const LIVELY_EVENTS = 1_500
const WAIT_MS = 120_000

let root: string
let home: string
let servers: LocalServers
let system: OutageSystem
beforeAll(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-backup-'))
  home = path.join(root, 'home')
  servers = await start()
  system = await startOutageSystem(async () => servers)
})
afterAll(async () => {
  await system?.stop()
  await servers?.stop()
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

async function start(): Promise<LocalServers> {
  const started = await startServers({ home, env: { PATH: process.env.PATH, NODE_ENV: 'test' }, log: () => undefined })
  const { postgres, clickhouse, redis } = started
  fs.writeFileSync(path.join(home, 'services.json'), JSON.stringify({ postgres, clickhouse, redis }), { mode: 0o600 })
  return started
}

test('a backup taken under load, everything deleted, restored and rebuilt: journal, chains and totals are those of the backup', async () => {
  const load = startSteadyLoad({ url: system.url, key: system.key, name: 'backed-up' })
  const { told } = load
  const goesOn = async () => {
    const { size } = told.acknowledged
    expect(await until(() => told.acknowledged.size >= size + LIVELY_EVENTS, { withinMs: WAIT_MS })).toBe(true)
  }
  await goesOn()
  const before = new Set(told.acknowledged)
  const backup = path.join(root, 'backup')
  // In a process of its own, as documented: in this one the copying would keep the load from being sent.
  const env = { PATH: process.env.PATH, NODE_ENV: 'test' as const, METERBOOK_HOME: home }
  await promisify(execFile)(process.execPath, [SCRIPT, 'backup', backup], { env })
  const manifest = JSON.parse(fs.readFileSync(path.join(backup, 'backup.json'), 'utf8')) as BackupManifest
  expect(manifest.bytes).toBeGreaterThan(1_000_000)
  const sentMeanwhile = told.acknowledged.size - before.size
  expect(sentMeanwhile).toBeGreaterThan(0)
  await goesOn()
  await load.stop()
  await projected(system)
  const lost = {
    journal: await journalOf(system.pool),
    ledger: await ledgerOf(system.pool),
    rows: await rowsOf(system),
  }
  const { key } = system

  await system.stop()
  await servers.stop()
  fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })

  await restoreHome({ from: backup, home })
  servers = await start()
  const { postgres, clickhouse } = servers
  // Before anybody works on it: from then on its chains go a way of their own.
  const pool = createPool({ url: postgres.url, name: 'drill' })
  const [journal, ledger] = [await journalOf(pool), await ledgerOf(pool)]
  await pool.end()
  expect(journal.size).toBeGreaterThan(0)
  expect(journal.size).toBeLessThan(lost.journal.size)
  for (const [place, digest] of journal) expect(lost.journal.get(place)).toBe(digest)
  for (const [place, hash] of ledger) expect(lost.ledger.get(place)).toBe(hash)

  await migrateClickhouse({ url: clickhouse.url })
  const rebuilt = { databaseUrl: postgres.url, clickhouseUrl: clickhouse.url, by: 'drill', reason: 'restored' }
  expect(await rebuildIfLost(rebuilt)).toBe(true)
  system = await startOutageSystem(async () => servers, { seededKey: key })
  await projected(system)

  const rows = await rowsOf(system)
  const there = new Set(journal.keys())
  expect(rows).toEqual(lost.rows.filter(({ shard, batch }) => there.has(`${shard}:${batch}`)))
  const counted = new Set(rows.filter(({ verdict }) => verdict === 'counted').map(({ id }) => id))
  for (const id of before) expect(counted.has(id), id).toBe(true)
  console.log(
    `backup of ${(manifest.bytes / 1e6).toFixed(0)} MB: ${counted.size} events in it, ${sentMeanwhile} acknowledged while it was taken`,
  )

  for (const args of [['verify'], ['reconcile']]) {
    const { code, output } = await runCommand(servers, { args })
    expect([args[0], code], output).toEqual([args[0], 0])
  }
  expect((await system.readyz()).status).toBe('ready')
}, 600_000)

test('what is not a backup is not restored, and nothing is written over', async () => {
  await expect(restoreHome({ from: root, home: path.join(root, 'other') })).rejects.toThrow(
    'not a backup that was finished',
  )
  await expect(restoreHome({ from: path.join(root, 'backup'), home })).rejects.toThrow(/in use|holds postgres already/)
  await expect(backupHome({ home, to: path.join(root, 'backup') })).rejects.toThrow('is there already')
})

async function projected({ pool }: OutageSystem): Promise<void> {
  const isDone = async () => {
    const { rows } = await pool.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM journal_head h LEFT JOIN projection_progress p ON p.shard = h.shard
       WHERE h.next - 1 > coalesce(p.through, 0) OR p.through < p.replay_through`,
    )
    return rows[0]!.waiting === 0
  }
  expect(await until(() => isDone().catch(() => false), { withinMs: WAIT_MS, everyMs: 100 })).toBe(true)
}

/** Every row of the journal, by shard and number. */
async function journalOf(pool: Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ place: string; digest: string }>(
    `SELECT shard || ':' || number AS place, encode(digest, 'hex') || md5(body) || event_count AS digest FROM journal_batch`,
  )
  return new Map(rows.map(({ place, digest }) => [place, digest]))
}

async function ledgerOf(pool: Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ place: string; hash: string }>(
    `SELECT space_id || ':' || sequence AS place, encode(hash, 'hex') AS hash FROM ledger_entry`,
  )
  return new Map(rows.map(({ place, hash }) => [place, hash]))
}

async function rowsOf({ clickhouse }: OutageSystem) {
  const result = await clickhouse.query({
    query: `SELECT shard, toString(batch) AS batch, pos, event_id AS id, toString(verdict) AS verdict, sign
      FROM event_index ORDER BY shard, event_index.batch, pos, sign`,
    format: 'JSONEachRow',
  })
  return result.json<{ shard: number; batch: string; pos: number; id: string; verdict: string; sign: number }>()
}
