import type { ClickHouseClient } from '@meterbook/db/clickhouse'
import {
  countOpenIncidents,
  listOwnedShards,
  listShards,
  type Pool,
  readShardLags,
  type ShardLag,
} from '@meterbook/db/postgres'
import { checkProjection } from '@meterbook/db/rebuild'
import { codeOf, type Finding, unknown, well, wrong } from './finding.ts'

/** Whether somebody works each shard, whether the work keeps up, and whether what it made is true. `lagMsMax`: what may wait how long. */
export async function checkWork(input: {
  pool: Pool
  clickhouse: ClickHouseClient
  isClickHouseUp: boolean
  lagMsMax: number
}): Promise<Finding[]> {
  const { pool, clickhouse, isClickHouseUp, lagMsMax } = input
  return Promise.all([
    attempt('Workers', () => workers(pool)),
    attempt('Lag', async () => lag(await readShardLags(pool), lagMsMax)),
    isClickHouseUp
      ? attempt('Projections', () => projections({ pool, clickhouse }))
      : unknown('Projections', 'ClickHouse does not answer'),
    attempt('Reconciliation', () => reconciliation(pool)),
  ])
}

async function workers(pool: Pool): Promise<Finding> {
  const [wanted, owned] = await Promise.all([listShards(pool), listOwnedShards(pool)])
  const missing = wanted.filter((shard) => !owned.includes(shard))
  if (missing.length === 0) return well('Workers', `each of ${wanted.length} shards has one`)
  return wrong(
    'Workers',
    missing.length === wanted.length ? 'none runs' : `nobody works shard ${missing.join(', ')}`,
    'start a worker (`node workers/src/main.ts`, `docker compose up --detach worker`) and look at the end of its log; events wait in the journal meanwhile',
  )
}

/** Ages by this machine's clock, as receipts are dated by web's. */
function lag(lags: readonly ShardLag[], lagMsMax: number): Finding {
  const now = Date.now()
  const late = lags
    .map(({ shard, waitingSince, waitingEvents, isRebuilding }) => ({
      ...{ shard, waitingEvents, isRebuilding },
      ageMs: waitingSince === null ? 0 : now - Number(waitingSince / 1000n),
    }))
    .filter(({ ageMs }) => ageMs > lagMsMax)
  if (late.length === 0) return well('Lag', `nothing has waited longer than ${lagMsMax / 1000} s`)
  const words = late.map(
    (each) => `shard ${each.shard}: ${each.waitingEvents} events, the oldest for ${Math.round(each.ageMs / 1000)} s`,
  )
  if (late.every(({ isRebuilding }) => isRebuilding))
    return wrong('Lag', words.join('; '), 'a rebuild is under way: `npm run meterbook -- rebuild` shows how far it is')
  return wrong(
    'Lag',
    words.join('; '),
    'look whether a worker hangs (its log; restart it, nothing is lost), whether ClickHouse is slow or full, and whether more is sent than one shard can do: docs/backpressure.md',
  )
}

async function projections(stores: { pool: Pool; clickhouse: ClickHouseClient }): Promise<Finding> {
  const found = await checkProjection(stores)
  if (found === 'held') return well('Projections', 'ClickHouse holds those of this journal')
  if (found === 'dropping')
    return wrong('Projections', 'a rebuild was begun and not finished', 'start a worker; it goes on by itself')
  return wrong('Projections', 'ClickHouse is empty or of another journal', 'run `npm run meterbook -- rebuild`')
}

async function reconciliation(pool: Pool): Promise<Finding> {
  const open = await countOpenIncidents(pool)
  if (open === 0) return well('Reconciliation', 'no difference is open')
  return wrong(
    'Reconciliation',
    `${open} differences are not resolved`,
    'look at them with `npm run meterbook -- reconcile`; `rebuild` computes everything anew from the journal',
  )
}

async function attempt(name: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    return unknown(name, `the question failed (${codeOf(error)})`)
  }
}
