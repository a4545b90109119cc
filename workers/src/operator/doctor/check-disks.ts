import fs from 'node:fs'
import { type ClickHouseClient, listDisks, readWriteFault } from '@meterbook/db/clickhouse'
import { type Pool, probePostgresDisk } from '@meterbook/db/postgres'
import type { StoresLook } from './check-stores.ts'
import { codeOf, type Finding, unknown, well, wrong } from './finding.ts'

const GIB = 1024n ** 3n
const FREE_BYTES_MIN = GIB
/** A store that refused a write this lately is not well, whatever room it has now. */
const FAULT_MS_MAX = 60_000

/** Whether each store has room, and the home, where embedded ones keep their data. */
export async function checkDisks(input: {
  pool: Pool
  clickhouse: ClickHouseClient
  look: StoresLook
  /** Null: nothing of ours is kept on this machine. */
  home: string | null
}): Promise<Finding[]> {
  const { pool, clickhouse, look, home } = input
  return Promise.all([
    look.isPostgresUp ? postgresDisk(pool) : unknown('Disk of Postgres', 'Postgres does not answer'),
    look.isClickHouseUp ? clickhouseDisk(clickhouse) : unknown('Disk of ClickHouse', 'ClickHouse does not answer'),
    redisMemory(look),
    ...(home === null ? [] : [homeDisk(home)]),
  ])
}

async function postgresDisk(pool: Pool): Promise<Finding> {
  const name = 'Disk of Postgres'
  try {
    await probePostgresDisk(pool)
    return well(name, 'takes what is written to it')
  } catch (error) {
    const code = codeOf(error)
    if (code !== '53100') return unknown(name, `the question failed (${code})`, 'run this again when Postgres is well')
    return wrong(
      name,
      'is full (53100)',
      'give it room: move or grow the data directory, or remove files that are not its own. Never remove anything inside it. Senders are told 503 meanwhile, and nothing is lost',
    )
  }
}

async function clickhouseDisk(client: ClickHouseClient): Promise<Finding> {
  const name = 'Disk of ClickHouse'
  try {
    const [disks, fault] = await Promise.all([listDisks(client), readWriteFault(client, FAULT_MS_MAX)])
    const full = disks.filter(({ freeBytes }) => freeBytes < FREE_BYTES_MIN)
    const advice = 'give it room; what came meanwhile waits in the journal and is counted by itself afterwards'
    if (fault !== null) return wrong(name, `refused a write within the last minute (${fault})`, advice)
    if (full.length > 0)
      return wrong(name, full.map((disk) => `${disk.name} has ${gib(disk.freeBytes)} left`).join(', '), advice)
    return well(name, disks.map((disk) => `${disk.name} has ${gib(disk.freeBytes)} left`).join(', '))
  } catch (error) {
    return unknown(name, `the question failed (${codeOf(error)})`)
  }
}

function redisMemory({ redis }: StoresLook): Finding {
  const name = 'Room of Redis'
  if (redis === null) return unknown(name, 'Redis does not answer')
  if (redis.writeFault === null) return well(name, 'takes what is written to it')
  return wrong(
    name,
    `refuses writes (${redis.writeFault})`,
    'raise maxmemory or free its disk; maxmemory-policy must stay noeviction, which BullMQ needs',
  )
}

function homeDisk(home: string): Finding {
  const name = 'Disk of the home'
  const { bavail, bsize } = fs.statfsSync(home, { bigint: true })
  const free = bavail * bsize
  if (free >= FREE_BYTES_MIN) return well(name, `${gib(free)} left`)
  return wrong(
    name,
    `${gib(free)} left in ${home}`,
    'free room on that disk, or stop Meterbook and move the home (METERBOOK_HOME)',
  )
}

function gib(bytes: bigint): string {
  return `${(Number((bytes * 10n) / GIB) / 10).toFixed(1)} GiB`
}
