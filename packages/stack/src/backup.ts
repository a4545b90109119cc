// Backup and restore of what cannot be computed again: Postgres, as a base backup of its files while it runs, and the home's secrets.
// Promises: what was acknowledged before the backup began is in it; a restored home starts as after a crash, and is whole.
// Does not know: ClickHouse and Redis, which hold nothing that Postgres does not; servers that are not embedded.
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { StackFault } from './fault.ts'
import { claimHome } from './home.ts'
import { readJson, writePrivate } from './private-file.ts'
import { loadSecrets } from './secrets.ts'

const MANIFEST = 'backup.json'
const KEPT = ['secrets.json', 'demo.json']
/** Made anew by the server that starts on the copy, or wrong in it. */
const LEFT_OUT = /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*)$/
const EMPTIED = [
  'pg_wal',
  'pg_replslot',
  'pg_stat_tmp',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans',
]
const WAL_FILE = /^[0-9A-F]{24}$|\.history$/

export interface BackupManifest {
  at: string
  /** Where in its log Postgres was when the copy was complete: the backup is of this moment. */
  stopLsn: string
  files: number
  bytes: number
}

/** Copies a running home to `to`, a folder that is not there yet. Writing goes on meanwhile. Throws StackFault where nothing embedded runs. */
export async function backupHome({ home, to }: { home: string; to: string }): Promise<BackupManifest> {
  if (fs.existsSync(to)) throw new StackFault(`${to} is there already: name a folder that is not`)
  const client = new pg.Client({ connectionString: superuserUrl(home), application_name: 'meterbook-backup' })
  await client.connect()
  const draft = `${to}.part`
  fs.rmSync(draft, { recursive: true, force: true })
  fs.mkdirSync(draft, { recursive: true, mode: 0o700 })
  try {
    const from = path.join(home, 'postgres')
    const target = path.join(draft, 'postgres')
    // Keeps the log of this time from being removed; gone with the session.
    await client.query('SELECT pg_create_physical_replication_slot($1, true, true)', [
      `meterbook_backup_${process.pid}`,
    ])
    await client.query(`SELECT pg_backup_start('meterbook', true)`)
    const counts = { files: 0, bytes: 0 }
    copyFolder({ from, to: target, isRoot: true, counts })
    const { rows } = await client.query<{ label: string; map: string; lsn: string }>(
      'SELECT labelfile AS label, spcmapfile AS map, lsn::text FROM pg_backup_stop(false)',
    )
    const [end] = rows
    if (end === undefined) throw new StackFault('Postgres did not say how its backup ended')
    fs.writeFileSync(path.join(target, 'backup_label'), end.label, { mode: 0o600 })
    if (end.map !== '') fs.writeFileSync(path.join(target, 'tablespace_map'), end.map, { mode: 0o600 })
    const log = path.join(from, 'pg_wal')
    for (const name of fs.readdirSync(log).filter((each) => WAL_FILE.test(each)))
      copyFile({ from: path.join(log, name), to: path.join(target, 'pg_wal', name), counts })
    for (const name of KEPT)
      if (fs.existsSync(path.join(home, name)))
        copyFile({ from: path.join(home, name), to: path.join(draft, name), counts })
    const manifest = { at: new Date().toISOString(), stopLsn: end.lsn, ...counts }
    writePrivate(path.join(draft, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
    // Whole or not at all: a folder of this name is a backup that was finished.
    fs.renameSync(draft, to)
    return manifest
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    throw error
  } finally {
    await client.end()
  }
}

/** Puts a backup into a home that holds no database, and is not in use. ClickHouse is rebuilt by the next start. */
export async function restoreHome({ from, home }: { from: string; home: string }): Promise<BackupManifest> {
  const manifest = readJson(path.join(from, MANIFEST)) as BackupManifest | undefined
  if (manifest === undefined) throw new StackFault(`${from} is not a backup that was finished: ${MANIFEST} is missing`)
  const release = await claimHome(home)
  try {
    const target = path.join(home, 'postgres')
    for (const name of ['postgres', 'clickhouse'])
      if (fs.existsSync(path.join(home, name)))
        throw new StackFault(`${home} holds ${name} already: restore into a new home, or move that folder away first`)
    const draft = `${target}.new`
    fs.rmSync(draft, { recursive: true, force: true })
    copyFolder({ from: path.join(from, 'postgres'), to: draft, isRoot: false, counts: { files: 0, bytes: 0 } })
    for (const name of KEPT)
      if (fs.existsSync(path.join(from, name)))
        writePrivate(path.join(home, name), fs.readFileSync(path.join(from, name), 'utf8'))
    fs.renameSync(draft, target)
    return manifest
  } finally {
    release()
  }
}

function superuserUrl(home: string): string {
  const services = readJson(path.join(home, 'services.json')) as { postgres: { ownerUrl: string } } | undefined
  if (services === undefined || !fs.existsSync(path.join(home, 'postgres')))
    throw new StackFault(
      `${home} holds no embedded Postgres that runs: for a server of your own use its tools, see docs/operations.md`,
    )
  const url = new URL(services.postgres.ownerUrl)
  url.username = 'postgres'
  url.password = loadSecrets(home).postgresSuperuser
  url.pathname = '/postgres'
  return url.href
}

interface Counts {
  files: number
  bytes: number
}

/** `isRoot`: of the data folder that runs; some of what is in it means nothing in a copy. */
function copyFolder(input: { from: string; to: string; isRoot: boolean; counts: Counts }): void {
  const { from, to, isRoot, counts } = input
  fs.mkdirSync(to, { mode: fs.statSync(from).mode & 0o777 })
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (LEFT_OUT.test(entry.name)) continue
    if (isRoot && EMPTIED.includes(entry.name)) fs.mkdirSync(target, { mode: 0o700 })
    else if (entry.isDirectory()) copyFolder({ from: source, to: target, isRoot: false, counts })
    else if (entry.isFile()) copyFile({ from: source, to: target, counts })
  }
}

/** Torn pages are mended by the log, and so is a file that goes away meanwhile. */
function copyFile({ from, to, counts }: { from: string; to: string; counts: Counts }): void {
  try {
    fs.copyFileSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const fd = fs.openSync(to, 'r+')
  try {
    fs.fsyncSync(fd)
    counts.bytes += fs.fstatSync(fd).size
    counts.files += 1
  } finally {
    fs.closeSync(fd)
  }
}
