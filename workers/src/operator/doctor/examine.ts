import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import type { Pool } from '@meterbook/db/postgres'
import type { StoreUrls } from '../store-urls.ts'
import { checkClocks } from './check-clocks.ts'
import { checkDisks } from './check-disks.ts'
import { checkClickHouseSchema, checkPostgresSchema } from './check-schema.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkStores } from './check-stores.ts'
import { checkVersions } from './check-versions.ts'
import { checkWork } from './check-work.ts'
import { type Finding, unknown } from './finding.ts'

/** Everything, the stores first: what needs one that is away is unknown, so that one fault is one finding. */
export async function examine(input: {
  pool: Pool
  clickhouse: ClickHouseClient
  urls: StoreUrls
  home: string
  /** Whether the home holds a running Meterbook's data. */
  isHomeUsed: boolean
  checkout: string
  version: string
  lagMsMax: number
}): Promise<Finding[]> {
  const { pool, clickhouse, urls, home, isHomeUsed, checkout, version, lagMsMax } = input
  const look = await checkStores({ pool, clickhouse, urls })
  const { isPostgresUp, isClickHouseUp } = look
  const needsPostgres = (name: string) => unknown(name, 'Postgres does not answer')
  const findings = await Promise.all([
    checkDisks({ pool, clickhouse, look, home: isHomeUsed ? home : null }),
    isPostgresUp ? checkPostgresSchema(pool) : [needsPostgres('Schema of Postgres')],
    isClickHouseUp ? checkClickHouseSchema(clickhouse) : unknown('Schema of ClickHouse', 'ClickHouse does not answer'),
    isPostgresUp ? checkWork({ pool, clickhouse, isClickHouseUp, lagMsMax }) : [needsPostgres('Workers and lag')],
    isPostgresUp ? checkVersions(pool, version) : needsPostgres('Versions'),
  ])
  return [...look.findings, checkClocks(look.clocks), ...findings.flat(), checkSecrets({ home, checkout })]
}
