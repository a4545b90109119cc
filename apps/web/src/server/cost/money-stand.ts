import type { Instant } from '@meterbook/core/kernel'
import type { Window } from '@meterbook/core/window'
import {
  type FrozenMoney,
  listMonthApps,
  listStatements,
  type Pool,
  readCostStand,
  readSettlementStand,
  type SettlementStand,
} from '@meterbook/db/postgres'
import type { FrozenState } from '../usage/reading.ts'

/** What a look at a space's money is of: whose apps, how far settled, how much of the ledger. */
export interface MoneyStand {
  /** apps that were the space's at some moment, by shard */
  apps(period: Window): Promise<ReadonlyMap<number, readonly string[]>>
  /** of shards on which anything was projected */
  shards(shards: readonly number[]): Promise<SettlementStand[]>
  /** the ledger's last entry that counts, and the months whose statements are issued; to be read after the shards */
  ledger(): Promise<{ sequence: bigint; closed: Instant[] }>
}

/** As it is. */
export function standNow(pool: Pool, spaceId: string): MoneyStand {
  return {
    apps: (period) => listMonthApps(pool, { spaceId, period }),
    async shards(shards) {
      const found = await Promise.all(shards.map((shard) => readSettlementStand(pool, shard)))
      return found.filter((stand) => stand !== null).filter(({ projected }) => projected > 0n)
    },
    ledger: () => readCostStand(pool, spaceId),
  }
}

/** As it stood. `money`: of the state. */
export function standThen(
  pool: Pool,
  { state, money, spaceId }: { state: FrozenState; money: FrozenMoney; spaceId: string },
): MoneyStand {
  return {
    apps: async (period) => appsThen(money, period),
    async shards(shards) {
      return state.shards
        .filter(({ shard, through }) => shards.includes(shard) && through > 0n)
        .map(({ shard, through, settledUntil, waitingSince }) => ({
          shard,
          // of this life of the tables: the same rows as then, for the state is refused while they come back
          generation: 0n,
          projected: through,
          watermark: null,
          isIdle: waitingSince === null,
          isRebuilding: false,
          settled: { through, until: settledUntil },
          settledAt: null,
        }))
    },
    async ledger() {
      const statements = await listStatements(pool, spaceId)
      const { ledgerSequence: sequence } = state
      return {
        sequence,
        closed: statements.filter(({ ledgerSequence }) => ledgerSequence <= sequence).map(({ period }) => period.start),
      }
    },
  }
}

/** By shard and then by id, as the catalogue lists them. */
function appsThen({ apps, ownerships }: FrozenMoney, period: Window): Map<number, string[]> {
  const owned = new Set(
    ownerships
      .filter(({ from, to }) => from < period.end && (to === null || to > period.start))
      .map(({ appId }) => appId),
  )
  const found = new Map<number, string[]>()
  for (const { id, shard } of apps
    .filter((app) => owned.has(app.id))
    .sort((a, b) => a.shard - b.shard || (a.id < b.id ? -1 : 1))) {
    found.set(shard, [...(found.get(shard) ?? []), id])
  }
  return found
}
