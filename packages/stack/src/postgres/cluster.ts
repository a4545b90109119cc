import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { StackFault } from '../fault.ts'
import { postgresBinaries } from './binaries.ts'
import { unprivileged } from './unprivileged.ts'

const run = promisify(execFile)
const major = '18'

/**
 * Makes the data folder of a new PostgreSQL unless it is there already. It is built beside its place and moved there
 * when finished: a start that was killed in the middle leaves nothing that looks like a database.
 */
export async function ensureCluster({ dir, password }: { dir: string; password: string }): Promise<void> {
  const version = readVersion(dir)
  if (version === major) return
  if (version !== undefined)
    throw new StackFault(
      `${dir} was made by PostgreSQL ${version} and this is ${major}: move it with pg_upgrade, or set METERBOOK_HOME to a new folder`,
    )
  const draft = `${dir}.new`
  fs.rmSync(draft, { recursive: true, force: true })
  fs.mkdirSync(draft, { recursive: true, mode: 0o700 })
  await initdb({ dir: draft, password })
  fs.renameSync(draft, dir)
}

async function initdb({ dir, password }: { dir: string; password: string }): Promise<void> {
  const passwordFile = `${dir}.password`
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  try {
    const { wrap, account } = unprivileged(dir)
    if (account) fs.chownSync(passwordFile, account.uid, account.gid)
    const { file, args } = wrap(postgresBinaries().initdb, [
      `--pgdata=${dir}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      // The same sort order on every machine, whatever its C library: an index must survive a move.
      '--locale-provider=builtin',
      '--locale=C.UTF-8',
      '--no-instructions',
    ])
    const { PATH, HOME, TMPDIR, NODE_ENV } = process.env
    await run(file, args, {
      ...account,
      cwd: path.dirname(dir),
      env: { PATH, HOME, TMPDIR, NODE_ENV, LC_ALL: 'C', TZ: 'UTC' },
    })
  } catch (error) {
    if (error instanceof StackFault) throw error
    const { stderr, message } = error as Error & { stderr?: string }
    const reason = (stderr || message).trim().split('\n').slice(-3).join(' ')
    throw new StackFault(`initdb failed (${reason}): see above, or set DATABASE_URL to a PostgreSQL 18 server`, {
      cause: error,
    })
  } finally {
    fs.rmSync(passwordFile, { force: true })
  }
}

function readVersion(dir: string): string | undefined {
  try {
    return fs.readFileSync(path.join(dir, 'PG_VERSION'), 'utf8').trim()
  } catch {
    return undefined // no cluster yet
  }
}
