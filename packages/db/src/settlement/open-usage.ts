import type { Instant } from '@meterbook/core/kernel'
import type { Account, MeasuredWindow } from '@meterbook/core/posting'
import { earlier, later, MICROS_PER_HOUR } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  listTouchedLevels,
  listTouchedSums,
  readMeasuredLevels,
  readMeasuredSums,
  SETTLEMENT_CELLS_MAX,
  type SettlementCell,
} from '../clickhouse/index.ts'
import { listActs, type Pool } from '../postgres/index.ts'
import { AccountWindows } from './account-windows.ts'
import type { BillingFacts } from './billing-facts.ts'
import { hourOf } from './read-windows.ts'

const HOUR = BigInt(MICROS_PER_HOUR)
/** Twelve days of a hundred apps: where settlement is further behind than that, an answer would take too long. */
const CELLS_MAX = 30_000

type Stores = { pool: Pool; clickhouse: ClickHouseClient }

/** One account's windows in one hour of one app. */
export interface OpenAccount {
  account: Account
  windows: MeasuredWindow[]
}

interface Stand {
  generation: bigint
  through: bigint
  from: Instant
  until: Instant
}

/**
 * What is measured of a space's apps on one shard and not settled yet, kept up to date: the first look reads every hour, each later one only those that
 * changed since, and those that the clock has reached, since a level goes on by itself. As of one journal number, like settlement itself.
 */
export class OpenUsage {
  readonly #shard: number
  readonly #spaceId: string
  readonly #cells = new Map<string, OpenAccount[]>()
  #apps = ''
  #stand: Stand | null = null

  /** For one state of prices and meters: where those change, so does how hours are cut. */
  constructor(input: { shard: number; spaceId: string }) {
    this.#shard = input.shard
    this.#spaceId = input.spaceId
  }

  /** False: there is too much to look at. `from`: on an hour of UTC, everything before is settled; `until`: nothing after is looked at. */
  async update(
    stores: Stores,
    input: { facts: BillingFacts; appIds: readonly string[]; stand: Stand },
  ): Promise<boolean> {
    const { facts, appIds, stand } = input
    const apps = appIds.join(' ')
    const before = this.#stand
    const isKnown =
      before !== null &&
      apps === this.#apps &&
      before.generation === stand.generation &&
      before.from <= stand.from &&
      before.through <= stand.through
    if (!isKnown) this.#cells.clear()
    this.#stand = null
    this.#apps = apps
    const cells = isKnown ? await this.#changed(stores, { ...input, before }) : hoursOf(appIds, stand.from, stand.until)
    if (cells.length > CELLS_MAX) return false
    for (const key of this.#cells.keys()) if (hourIn(key) < stand.from) this.#cells.delete(key)
    for (const { appId, hour } of cells) this.#cells.delete(keyOf(appId, hour))
    const pages = Math.ceil(cells.length / SETTLEMENT_CELLS_MAX)
    await Promise.all(
      Array.from({ length: pages }, async (_, page) => {
        const asked = cells.slice(page * SETTLEMENT_CELLS_MAX, (page + 1) * SETTLEMENT_CELLS_MAX)
        this.#take(await readOpen(stores.clickhouse, { facts, shard: this.#shard, cells: asked, stand }))
      }),
    )
    this.#stand = stand
    return true
  }

  /** By account; each window once. */
  *accounts(): Generator<OpenAccount> {
    for (const accounts of this.#cells.values()) yield* accounts
  }

  async #changed(
    stores: Stores,
    { facts, appIds, stand, before }: { facts: BillingFacts; appIds: readonly string[]; stand: Stand; before: Stand },
  ): Promise<SettlementCell[]> {
    const cells = hoursOf(appIds, hourOf(before.until - 1n), stand.until)
    if (before.through >= stand.through) return cells
    const range = { shard: this.#shard, after: before.through, through: stand.through }
    const acts = await listActs(stores.pool, range)
    const asked = { ...range, before: hourOf(before.until - 1n), acts }
    const touched = await Promise.all([
      listTouchedSums(stores.clickhouse, { ...asked, meters: facts.pricedMeters(['SUM', 'COUNT']) }),
      listTouchedLevels(stores.clickhouse, { ...asked, meters: facts.pricedMeters(['TIME_WEIGHTED']) }),
    ])
    const ours = new Set(appIds)
    const known = new Set(cells.map(({ appId, hour }) => keyOf(appId, hour)))
    for (const { appId, hour } of touched.flat()) {
      if (!ours.has(appId) || hour < stand.from || hour >= stand.until || known.has(keyOf(appId, hour))) continue
      known.add(keyOf(appId, hour))
      cells.push({ appId, hour })
    }
    return cells
  }

  #take(read: AccountWindows): void {
    for (const [spaceId, accounts] of read.bySpace()) {
      if (spaceId !== this.#spaceId) continue
      for (const { account, windows } of accounts) {
        for (const [hour, of] of Map.groupBy(windows, ({ window }) => hourOf(window.start))) {
          const key = keyOf(account.appId, hour)
          const cell = this.#cells.get(key)
          if (cell === undefined) this.#cells.set(key, [{ account, windows: of }])
          else cell.push({ account, windows: of })
        }
      }
    }
  }
}

/** What is measured in hours of apps as of a journal number, cut at prices and months, and at `cuts`. */
async function readOpen(
  clickhouse: ClickHouseClient,
  input: { facts: BillingFacts; shard: number; cells: readonly SettlementCell[]; stand: Stand },
): Promise<AccountWindows> {
  const { facts, shard, cells, stand } = input
  const hours = cells.map(({ hour }) => hour)
  const [from, to] = [hours.reduce(earlier), hours.reduce(later) + HOUR]
  const cuts = [...facts.cutsWithin(from, to), stand.until]
  const asked = { shard, through: stand.through, cells, cuts }
  const [sums, levels] = await Promise.all([
    readMeasuredSums(clickhouse, { ...asked, meters: facts.pricedMeters(['SUM', 'COUNT']) }),
    readMeasuredLevels(clickhouse, { ...asked, meters: facts.pricedMeters(['TIME_WEIGHTED']) }),
  ])
  const windows = new AccountWindows(facts)
  const isAsked = ({ end }: { end: Instant }) => end <= stand.until
  for (const piece of sums.filter(isAsked)) windows.add(piece, false)
  for (const piece of levels.filter(isAsked)) windows.add(piece, true)
  return windows
}

function hoursOf(appIds: readonly string[], from: Instant, until: Instant): SettlementCell[] {
  const cells: SettlementCell[] = []
  for (const appId of appIds) for (let hour = hourOf(from); hour < until; hour += HOUR) cells.push({ appId, hour })
  return cells
}

function keyOf(appId: string, hour: Instant): string {
  return `${hour} ${appId}`
}

function hourIn(key: string): Instant {
  return BigInt(key.slice(0, key.indexOf(' ')))
}
