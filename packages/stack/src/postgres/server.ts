import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { StackFault } from '../fault.ts'
import type { Secrets } from '../secrets.ts'
import { type SupervisedServer, superviseServer } from '../supervised-server.ts'
import { postgresBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { appRole, ensureDatabase, ensureRoles, ownerRole } from './roles.ts'
import { unprivileged } from './unprivileged.ts'

const answerMs = 1_000

// fsync and synchronous_commit stay on, said aloud: a 204 means that the event is on the disk.
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_compression: 'on',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // Parallel queries share memory through /dev/shm, which containers keep at 64 MB; our queries here are short.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** The embedded PostgreSQL, its URLs for the app and for the owner of the tables. */
export interface EmbeddedPostgres {
  server: SupervisedServer
  url: string
  ownerUrl: string
}

/** Starts PostgreSQL 18 on data under `<home>/postgres`, with the database and its two roles in place. */
export async function startPostgres(options: {
  home: string
  runDir: string
  secrets: Secrets
  log: (line: string) => void
}): Promise<EmbeddedPostgres> {
  const { home, runDir, secrets, log } = options
  const dir = path.join(home, 'postgres')
  await ensureCluster({ dir, password: secrets.postgresSuperuser })
  const { wrap, account } = unprivileged(dir)
  const { postgres } = postgresBinaries()
  const superuserUrl = (port: number) =>
    urlOf({ user: 'postgres', password: secrets.postgresSuperuser, port, database: 'postgres' })
  const server = await superviseServer(
    {
      name: 'postgres',
      dir,
      logFile: path.join(home, 'logs', 'postgres.log'),
      command: (port) => ({
        ...wrap(postgres, [
          '-D',
          dir,
          ...Object.entries({ ...settings, port }).map(([key, value]) => `--${key}=${value}`),
        ]),
        ...account,
      }),
      answers: (port) => isOurs(superuserUrl(port), dir),
      // SIGINT: roll back what is open, write a checkpoint, end. SIGQUIT: end now and recover at the next start.
      stopSignals: ['SIGINT', 'SIGQUIT'],
      remedy: 'or set DATABASE_URL to a PostgreSQL 18 server',
    },
    { runDir, log },
  )
  const { port } = server
  try {
    await prepare(superuserUrl(port), secrets)
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    server,
    url: urlOf({ user: appRole, password: secrets.postgresApp, port, database: 'meterbook' }),
    ownerUrl: urlOf({ user: ownerRole, password: secrets.postgresOwner, port, database: 'meterbook' }),
  }
}

async function prepare(superuserUrl: string, secrets: Secrets): Promise<void> {
  const superuser = new pg.Client({ connectionString: superuserUrl })
  await superuser.connect()
  try {
    await ensureRoles(superuser, { ownerPassword: secrets.postgresOwner, appPassword: secrets.postgresApp })
    await ensureDatabase(superuser, 'meterbook')
  } finally {
    await superuser.end()
  }
}

/** Our password opens it, and it works on our folder. A wrong password is a stranger, or secrets that do not fit the data. */
async function isOurs(url: string, dir: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerMs, query_timeout: answerMs })
  client.on('error', () => {}) // the server may go away between connect and end: the query's own error says so
  try {
    await client.connect()
    const { rows } = await client.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`)
    return rows[0] !== undefined && fs.realpathSync(rows[0].dir) === fs.realpathSync(dir)
  } catch (error) {
    if ((error as { code?: string }).code === '28P01')
      throw new StackFault(
        `the PostgreSQL data in ${dir} do not take the password in secrets.json: restore that file, or set METERBOOK_HOME to a new folder`,
      )
    return false
  } finally {
    await client.end().catch(() => {}) // never connected: nothing to close
  }
}

function urlOf(to: { user: string; password: string; port: number; database: string }): string {
  return `postgresql://${to.user}:${encodeURIComponent(to.password)}@127.0.0.1:${to.port}/${to.database}`
}
