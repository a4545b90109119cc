import type { CostCell } from '@meterbook/core/cost'
import type { Instant } from '@meterbook/core/kernel'
import { type ExpectedChange, expectedChanges, type KnownRatings } from '@meterbook/core/posting'
import { priceAt } from '@meterbook/core/rating'
import { billingPeriod } from '@meterbook/core/statement'
import { earlier, later, type Window } from '@meterbook/core/window'
import { readFirstUsageHour } from '@meterbook/db/clickhouse'
import type { BillingSpace, SettlementStand } from '@meterbook/db/postgres'
import { checkProjection } from '@meterbook/db/rebuild'
import { type BillingFacts, OpenUsage } from '@meterbook/db/settlement'
import type { EventStores } from '../events/event-sight.ts'
import type { MoneyStand } from './money-stand.ts'
import { type PostedCell, PostedMonth, ratedSums } from './posted-month.ts'

/** Months kept: the newest, a year and what they are compared with. */
const MONTHS_MAX = 26

/** A space's money as of one moment: what is posted of some months, and what is still to be posted. */
export interface Money {
  facts: BillingFacts
  space: BillingSpace
  /** of the months asked for, ascending */
  months: { period: Window; posted: PostedMonth; open: readonly CostCell[] }[]
  stands: readonly SettlementStand[]
  /** by shard, those of the space in these months */
  apps: ReadonlyMap<number, readonly string[]>
  settledUntil: Instant | null
  /** names the state that was read, as far as it is held for the next who ask; null: live */
  state: string | null
  unavailable: 'rebuilding' | 'repricing' | 'behind' | null
}

/**
 * The money of one space, kept in memory and brought up to date by what was posted and measured since the last look: the ledger is only added to, and
 * usage says which hours it touched. So that the same filters asked ten times read the stores once.
 */
export class SpaceMoney {
  readonly #facts: BillingFacts
  readonly #space: BillingSpace
  readonly #stand: MoneyStand
  readonly #state: string | null
  readonly #months = new Map<Instant, PostedMonth>()
  readonly #open = new Map<number, OpenUsage>()
  readonly #ratings: KnownRatings = new Map()
  #sequence = -1n
  /** when what is open was last looked at, and what came of it */
  #opened: { now: Instant; why: 'rebuilding' | 'behind' | null } | null = null

  /** `state`: see Money. */
  constructor(input: { facts: BillingFacts; space: BillingSpace; stand: MoneyStand; state: string | null }) {
    this.#facts = input.facts
    this.#space = input.space
    this.#stand = input.stand
    this.#state = input.state
  }

  ground(): { facts: BillingFacts; space: BillingSpace } {
    return { facts: this.#facts, space: this.#space }
  }

  /** One after the other: a look changes what is kept. `periods`: billing months, ascending. */
  async look(stores: EventStores, input: { periods: readonly Window[]; now: Instant }): Promise<Money> {
    const { periods, now } = input
    const [first, last] = [periods[0], periods.at(-1)]
    if (first === undefined || last === undefined) throw new RangeError('expected at least one month')
    const span = { start: first.start, end: last.end }
    const apps = await this.#stand.apps(span)
    // Read before what is posted: what settlement does in between is posted, and no more open.
    const stands = await this.#stand.shards([...apps.keys()])
    const { sequence, closed } = await this.#stand.ledger()
    const months: Money['months'] = await Promise.all(
      periods.map(async (period) => ({ period, posted: await this.#posted(stores, period, sequence), open: [] })),
    )
    this.#sequence = sequence
    const common = { facts: this.#facts, space: this.#space, months, stands, apps, state: this.#state }
    const until = earlier(now, last.end)
    const opened = await this.#openedAt(stores, { stands, until, now })
    const settledUntil = stands.reduce<Instant | null>(
      (least, { settled }) =>
        least === null ? settled.until : settled.until === null ? least : earlier(least, settled.until),
      null,
    )
    if (opened !== null) return { ...common, settledUntil, unavailable: opened }
    try {
      for (const month of months) {
        // what comes late to a closed month is posted within seconds, as a correction
        if (!closed.includes(month.period.start)) month.open = this.#expected(month)
      }
    } catch (error) {
      // What is posted is not what the prices say of it now: a price was added to the past, and settlement posts that first.
      if (!(error instanceof RangeError)) throw error
      for (const month of months) month.open = []
      return { ...common, settledUntil, unavailable: 'repricing' }
    }
    return { ...common, settledUntil, unavailable: null }
  }

  async #posted(stores: EventStores, period: Window, sequence: bigint): Promise<PostedMonth> {
    const known = this.#months.get(period.start)
    if (known !== undefined && sequence === this.#sequence) return known
    const timelineOf = (capability: string) => this.#facts.timelineOf(this.#space, capability)
    const month = known ?? new PostedMonth({ month: period, timelineOf })
    await month.update(stores.pool, { spaceId: this.#space.id, through: sequence })
    this.#months.set(period.start, month)
    for (const start of [...this.#months.keys()].sort((a, b) => (a < b ? -1 : 1)).slice(0, -MONTHS_MAX)) {
      this.#months.delete(start)
    }
    return month
  }

  /** null: brought up to date. */
  async #openedAt(
    stores: EventStores,
    input: { stands: readonly SettlementStand[]; until: Instant; now: Instant },
  ): Promise<'rebuilding' | 'behind' | null> {
    // of one moment there is one answer, whichever months are looked at
    if (this.#opened?.now === input.now) return this.#opened.why
    this.#opened = null
    const begun = input.stands.reduce((least, { settled }) => earlier(least, settled.until ?? 0n), input.until)
    const period = { start: earlier(begun, input.until - 1n), end: input.until }
    // The same apps whichever months are asked for, or everything would be read anew for each of them.
    const apps = await this.#stand.apps(period)
    const why = await this.#openUsage(stores, { ...input, apps })
    this.#opened = { now: input.now, why }
    return why
  }

  async #openUsage(
    stores: EventStores,
    input: { stands: readonly SettlementStand[]; apps: Money['apps']; until: Instant },
  ): Promise<'rebuilding' | 'behind' | null> {
    for (const shard of this.#open.keys()) if (!input.apps.has(shard)) this.#open.delete(shard)
    const stands = input.stands.filter(({ shard }) => input.apps.has(shard))
    const isHeld = stands.length === 0 || (await checkProjection(stores)) === 'held'
    if (!isHeld || stands.some(({ isRebuilding }) => isRebuilding)) {
      for (const { shard } of stands) this.#open.delete(shard)
      return 'rebuilding'
    }
    // all shards at once: a space's apps are spread over most of them
    const areThere = await Promise.all(stands.map((stand) => this.#updateShard(stores, { ...input, stand })))
    return areThere.every((isThere) => isThere) ? null : 'behind'
  }

  /** False: there is too much to look at. What could not be read to its end is read anew by the next look. */
  async #updateShard(
    stores: EventStores,
    input: { stand: SettlementStand; apps: Money['apps']; until: Instant },
  ): Promise<boolean> {
    const { shard, projected: through, generation, settled } = input.stand
    const open = this.#open.get(shard) ?? new OpenUsage({ shard, spaceId: this.#space.id })
    this.#open.delete(shard)
    const begun = settled.until ?? (await readFirstUsageHour(stores.clickhouse, { shard, through }))
    if (begun === null || begun >= input.until) return true
    const isThere = await open.update(stores, {
      facts: this.#facts,
      appIds: input.apps.get(shard) ?? [],
      stand: { generation, through, from: begun, until: input.until },
    })
    if (isThere) this.#open.set(shard, open)
    return isThere
  }

  /** What is measured and not posted, on top of what is posted of the same accounts. */
  #expected({ period, posted }: Money['months'][number]): CostCell[] {
    const cells: CostCell[] = []
    const accounts = Map.groupBy(
      [...this.#open.values()].flatMap((open) => [...open.accounts()]),
      ({ account }) => (account.period.start === period.start ? `${account.appId} ${account.capabilityKey}` : ''),
    )
    accounts.delete('')
    for (const pieces of accounts.values()) {
      const [one] = pieces
      if (one === undefined) continue
      const { account } = one
      const { appId, capabilityKey: capability } = account
      const measured = pieces.flatMap(({ windows }) => windows)
      const timeline = this.#facts.timelineOf(this.#space, capability)
      const apart = measured.flatMap((window): PostedCell[] => {
        const cell = posted.cellAt({ appId, capability, ...window })
        return cell === null ? [] : [cell]
      })
      const usage = {
        account,
        timeline,
        measured,
        posted: posted.postedOf({ appId, capability }, apart),
        isPartial: true,
      }
      for (const { window, isFirst, change } of expectedChanges(usage, this.#ratings)) {
        cells.push(cellOf({ appId, capability, window, isFirst, change, timeline }))
      }
    }
    return cells
  }
}

function cellOf(
  input: { appId: string; capability: string; timeline: Parameters<typeof priceAt>[0] } & ExpectedChange,
): CostCell {
  const { appId, capability, window, change, timeline } = input
  const price = priceAt(timeline, window.window.start)
  return {
    ...{ appId, capability, environment: window.environment, isExempt: window.isExempt, window: window.window },
    sums: ratedSums(change, price),
    price,
    isProvisional: true,
    isAdjusted: !input.isFirst,
  }
}

/** The billing months of a space that share an instant with a range, ascending. */
export function monthsOf(range: Window, billingZone: string): Window[] {
  const months: Window[] = []
  for (let at = range.start; at < range.end; ) {
    const month = billingPeriod(at, billingZone)
    months.push(month)
    at = later(month.end, at + 1n)
  }
  return months
}
