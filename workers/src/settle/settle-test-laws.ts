import { hash } from 'node:crypto'
import { addDecimals } from '@meterbook/core/kernel'
import { createChainVerifier } from '@meterbook/core/ledger'
import { amountOf, decompose, priceSegments, priceTimeline } from '@meterbook/core/rating'
import {
  addRatios,
  divideRatios,
  earlier,
  formatRatio,
  integrateLevels,
  type LevelSample,
  MICROS_PER_HOUR,
  type Ratio,
  ratioOf,
  windowEnd,
  windowStart,
} from '@meterbook/core/window'
import { readHeads, readLedgerRows, readRatingFacts } from '@meterbook/db/postgres'
import { instant, type SettleTestDatabase, type UsageEntry } from './settle-test-database.ts'

/** What each account owes and used, with and without exempt usage, as texts by `space app capability period`. */
export type Balances = Record<string, { quantity: string; exempt: string; amount: string }>

/** By law 1: the price of the usage records in force before `until`, found without windows, entries or settlement. */
export async function owedBy(database: SettleTestDatabase, until: string): Promise<Balances> {
  const facts = await readRatingFacts(database.pool)
  const end = instant(until)
  const slices: { key: string; at: bigint; isExempt: boolean; quantity: Ratio }[] = []
  const levels: LevelSample[] = []
  const add = (row: Owner, at: bigint, quantity: Ratio) => {
    const space = facts.spaces.get(row.space)
    const meter = facts.meters.find(({ slug }) => slug === row.meter)
    if (space === undefined || meter === undefined)
      throw new Error(`expected space ${row.space} and meter ${row.meter}`)
    const period = windowStart(at, 'month', space.billingZone)
    slices.push({
      key: [row.space, row.app, meter.capabilityKey, period].join(' '),
      at,
      isExempt: row.exempt === 1,
      quantity,
    })
  }
  for (const row of await recordsInForce(database)) {
    const version = facts.meters.find(({ slug }) => slug === row.meter)?.versions.get(row.meter_version)
    const at = BigInt(row.at)
    if (version === undefined || at >= end) continue
    const perUnit = (base: string) => divideRatios(ratioOf(base), ratioOf(version.divisor))
    if (version.aggregation === 'COUNT') add(row, at, perUnit('1'))
    if (version.aggregation === 'SUM') add(row, at, perUnit(row.quantity))
    if (version.aggregation !== 'TIME_WEIGHTED') continue
    const { space, app, meter, exempt } = row
    const series = [app, meter, row.environment, row.subject].join('\n')
    const group = JSON.stringify({ space, app, meter, exempt, divisor: version.divisor })
    levels.push({ series, group, at, order: [BigInt(row.batch), BigInt(row.pos)], level: row.quantity })
  }
  const first = levels.map(({ at }) => at).reduce(earlier, end)
  const edges = new Set([first, end])
  for (const { effectiveFrom } of facts.prices) edges.add(effectiveFrom)
  for (const space of facts.spaces.values()) {
    for (let at = first; at < end; at = windowEnd(at, 'month', space.billingZone)) edges.add(at)
    for (const { from, to } of space.subscriptions) edges.add(from).add(to ?? end)
  }
  const sorted = [...edges].filter((edge) => edge >= first && edge <= end).sort((a, b) => (a < b ? -1 : 1))
  const windows = sorted.slice(0, -1).map((start, index) => ({ start, end: sorted[index + 1] ?? end }))
  for (const { window, group, levelMicros } of integrateLevels(levels, {
    from: first,
    to: end,
    through: end,
    windows,
  })) {
    const { divisor, ...owner } = JSON.parse(group) as Owner & { divisor: string }
    add(
      owner,
      window.start,
      divideRatios(divideRatios(ratioOf(levelMicros), ratioOf(MICROS_PER_HOUR)), ratioOf(divisor)),
    )
  }
  const balances: Balances = {}
  for (const key of new Set(slices.map((slice) => slice.key))) {
    const [spaceId = '', , capability = '', start = '0'] = key.split(' ')
    const space = facts.spaces.get(spaceId)
    const own = slices.filter((slice) => slice.key === key)
    const zone = space?.billingZone ?? 'UTC'
    const period = { start: BigInt(start), end: windowEnd(BigInt(start), 'month', zone) }
    const timeline = priceTimeline({
      prices: facts.prices.filter(({ capabilityKey }) => capabilityKey === capability),
      subscriptions: space?.subscriptions ?? [],
    })
    if (timeline.length === 0) continue
    const total = (of: typeof own) => formatRatio(of.map(({ quantity }) => quantity).reduce(addRatios, ratioOf('0')))
    const charged = own.filter(({ isExempt }) => !isExempt)
    const usage = priceSegments(timeline, period).map(({ price, ...segment }) => ({
      price,
      quantity: total(charged.filter(({ at }) => at >= segment.start && at < segment.end)),
    }))
    const balance = {
      quantity: usage.map(({ quantity }) => quantity).reduce(addDecimals, '0'),
      exempt: total(own.filter(({ isExempt }) => isExempt)),
      amount: amountOf(decompose(usage)),
    }
    if (balance.quantity !== '0' || balance.exempt !== '0') balances[key] = balance
  }
  return balances
}

/** What the ledgers say of the same. */
export async function postedOf(database: SettleTestDatabase): Promise<Balances> {
  const balances: Balances = {}
  for (const { spaceId } of await readHeads(database.pool)) {
    for (const entry of await database.entries(spaceId)) {
      const key = [spaceId, entry.app, entry.capability, instant(entry.period.start)].join(' ')
      const was = balances[key] ?? { quantity: '0', exempt: '0', amount: '0' }
      balances[key] = {
        quantity: entry.exempt ? was.quantity : addDecimals(was.quantity, entry.quantity),
        exempt: entry.exempt ? addDecimals(was.exempt, entry.quantity) : was.exempt,
        amount: addDecimals(was.amount, entry.amount),
      }
    }
  }
  for (const [key, { quantity, exempt }] of Object.entries(balances))
    if (quantity === '0' && exempt === '0' && balances[key]?.amount === '0') delete balances[key]
  return balances
}

/** Law 5: the chain of each space holds together; gives the faults. */
export async function chainFaults(database: SettleTestDatabase): Promise<unknown[]> {
  const faults: unknown[] = []
  for (const head of await readHeads(database.pool)) {
    const sha256 = (text: string) => hash('sha256', text, 'hex')
    const verifier = createChainVerifier({ spaceId: head.spaceId, head, sha256 })
    for await (const rows of readLedgerRows(database.pool, head)) for (const row of rows) verifier.add(row)
    const { fault } = verifier.finish()
    if (fault !== null) faults.push(fault)
  }
  return faults
}

/** Law 2: every adjustment points back at the first entry of its own account-window; gives those that do not. */
export function strayAdjustments(entries: readonly UsageEntry[]): UsageEntry[] {
  const key = (entry: UsageEntry) =>
    JSON.stringify([entry.app, entry.environment, entry.exempt, entry.capability, entry.window])
  const first = new Map<string, bigint>()
  return entries.filter((entry) => {
    const known = first.get(key(entry))
    first.set(key(entry), known ?? entry.sequence)
    return entry.kind === 'usage' ? known !== undefined : entry.adjusts !== known?.toString()
  })
}

interface Owner {
  space: string
  app: string
  meter: string
  exempt: number
}

interface RecordRow extends Owner {
  environment: string
  meter_version: number
  subject: string
  at: string
  quantity: string
  batch: string
  pos: number
  sign: number
  entry: string
}

async function recordsInForce(database: SettleTestDatabase): Promise<RecordRow[]> {
  const rows = await database.rows<RecordRow>(
    `SELECT space, app, meter, exempt, environment, meter_version, subject, toString(toUnixTimestamp64Micro(at)) AS at, toString(quantity) AS quantity,
      batch, pos, sign, concat(toString(shard), ' ', toString(entry_batch), ' ', toString(entry_pos), ' ', meter) AS entry FROM usage_records`,
  )
  const reversed = new Set(rows.filter(({ sign }) => sign === -1).map(({ entry }) => entry))
  return rows.filter(({ sign, entry }) => sign === 1 && !reversed.has(entry))
}
