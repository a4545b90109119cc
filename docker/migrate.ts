// The one-shot `migrate` container: brings both databases to this version's shape and sees that somebody can sign in.
// Promises: running it again changes nothing; it ends with 0 only when web and workers may start.
// Does not know how the servers were made: roles and users are in place before it runs.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { seedEmpty } from '@meterbook/stack/demo'

const { DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL, METERBOOK_URL } = process.env
if (!DATABASE_URL || !DATABASE_OWNER_URL || !CLICKHOUSE_URL || !METERBOOK_URL) {
  console.error('DATABASE_URL, DATABASE_OWNER_URL, CLICKHOUSE_URL and METERBOOK_URL must be set')
  process.exit(1)
}

const log = (line: string) => console.log(line)
await migratePostgres({ ownerUrl: DATABASE_OWNER_URL, appUrl: DATABASE_URL, log })
await migrateClickhouse({ url: CLICKHOUSE_URL, log })
// There is no home in a container: the password is known in the moment it is made, and is shown then.
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-'))
const { admin } = await seedEmpty({ databaseUrl: DATABASE_URL, home, url: METERBOOK_URL, log })
fs.rmSync(home, { recursive: true })
if (admin.password !== null) console.log(`first admin: ${admin.email}  ${admin.password}  (sign in and change it)`)
console.log('databases up to date')
