import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { defaultShardCount, SHARD_COUNT_MAX } from '@meterbook/core/catalogue'
import { StackFault } from './fault.ts'

const defaultPort = 3000

/** What the command line and the environment ask of a start. */
export interface StartOptions {
  port: number
  /** No demo: one platform admin only. */
  isEmpty: boolean
  /** Over how many shards of the journal new apps are spread. */
  shardCount: number
}

export const startUsage = `npm start [-- --empty]

Starts Meterbook on this machine: PostgreSQL, ClickHouse, Redis, the portal and its workers. Ctrl-C stops all of it.

  --empty          without the demo: one platform admin only
  --help           these lines

  PORT             the portal's port, default ${defaultPort}
  METERBOOK_HOME   where data, logs and generated secrets live, default .meterbook/ in the checkout
  METERBOOK_SHARDS over how many lines of work new apps are spread, default one for every two cores
  DATABASE_URL     use this PostgreSQL instead of the embedded one (DATABASE_OWNER_URL: for migrations, default the same)
  CLICKHOUSE_URL   use this ClickHouse, http://user:password@host:8123/meterbook
  REDIS_URL        use this Redis`

/** Throws StackFault for an argument or a PORT that is not one. */
export function readStartOptions(args: string[], env: NodeJS.ProcessEnv): StartOptions | 'help' {
  const { empty, help } = parse(args)
  if (help) return 'help'
  return { port: readPort(env.PORT), isEmpty: empty === true, shardCount: readShardCount(env.METERBOOK_SHARDS) }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { empty: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values
  } catch (error) {
    throw new StackFault(`${(error as Error).message.split('. ')[0]}: see npm start -- --help`, { cause: error })
  }
}

function readPort(text: string | undefined): number {
  if (!text) return defaultPort
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new StackFault(`PORT must be a number from 1 to 65535, not ${JSON.stringify(text)}`)
}

function readShardCount(text: string | undefined): number {
  if (!text) return defaultShardCount(availableParallelism())
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= SHARD_COUNT_MAX) return count
  throw new StackFault(`METERBOOK_SHARDS must be a number from 1 to ${SHARD_COUNT_MAX}, not ${JSON.stringify(text)}`)
}
