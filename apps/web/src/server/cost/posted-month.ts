import type { CostCell, CostSums } from '@meterbook/core/cost'
import { addSums, NO_SUMS, savedBy } from '@meterbook/core/cost'
import { type Instant, QUANTITY_SCALE } from '@meterbook/core/kernel'
import type { MeterBase, PostedWindow } from '@meterbook/core/posting'
import { AMOUNT_SCALE, amountText, type PriceVersion, priceAt, quantityText, scaledOf } from '@meterbook/core/rating'
import { earlier, later, type Window } from '@meterbook/core/window'
import { type Pool, type PostedCost, readPostedCosts } from '@meterbook/db/postgres'

/** Entries read at once; between two lots the process does its other work. */
const LOT = 5_000

/** Which part of usage was charged for, and which is free by an allowance: by the tiers that a rating names. */
const NOT_CHARGED = ['allowance', 'unpriced', 'exempt']

/** Bases by meter, version and divisor, at the scale of quantities. */
type Bases = Map<string, { of: Omit<MeterBase, 'base'>; base: bigint }>

/** A cell with what was measured for it: to be posted on top of. */
export interface PostedCell extends CostCell {
  bases: Bases
  firstSequence: string
}

/** All of an account's entries under one price, added up. */
interface Segment {
  start: Instant
  end: Instant
  isExempt: boolean
  bases: Bases
  amount: bigint
}

/**
 * What the statement of one month carries of usage, added up by account-window, kept up to date by reading only the entries after the last one seen. An
 * entry is never changed, so what was added once stands.
 */
export class PostedMonth {
  readonly #month: Window
  readonly #timelineOf: (capability: string) => readonly PriceVersion[]
  readonly #cells = new Map<string, PostedCell>()
  readonly #corrections: CostCell[] = []
  /** of usage of earlier months: in which of their hours */
  readonly #corrected: { cell: CostCell; of: Window }[] = []
  readonly #segments = new Map<string, Map<string, Segment>>()
  #through = 0n

  constructor(input: { month: Window; timelineOf: (capability: string) => readonly PriceVersion[] }) {
    this.#month = input.month
    this.#timelineOf = input.timelineOf
  }

  /** `through`: the ledger's last entry that counts. */
  async update(pool: Pool, { spaceId, through }: { spaceId: string; through: bigint }): Promise<void> {
    for (;;) {
      const asked = { spaceId, billedInStart: this.#month.start, after: this.#through, through, limit: LOT }
      const entries = await readPostedCosts(pool, asked)
      for (const entry of entries) this.#take(entry)
      this.#through = entries.at(-1)?.sequence ?? this.#through
      if (entries.length < LOT) return
    }
  }

  /** The month's own usage, and the corrections of earlier months that it carries. */
  *cells(): Generator<CostCell> {
    yield* this.#cells.values()
    yield* this.#corrections
  }

  /** Corrections of earlier months, with the hours of those months that they are of. */
  corrected(): readonly { cell: CostCell; of: Window }[] {
    return this.#corrected
  }

  cellAt(place: CellPlace): PostedCell | null {
    return this.#cells.get(cellKey(place)) ?? null
  }

  /** What is posted of an account: the cells named each by itself, all others added up for each price. */
  postedOf(account: { appId: string; capability: string }, apart: readonly PostedCell[]): PostedWindow[] {
    const windows = apart.map((cell): PostedWindow => ({ ...windowOf(cell, cell), firstSequence: cell.firstSequence }))
    const segments = this.#segments.get(accountKey(account))
    if (segments === undefined) return windows
    for (const [key, segment] of segments) {
      const within = apart.filter((cell) => segmentKey(this.#priceOf(cell), cell.isExempt) === key)
      const rest = { ...segment, bases: copied(segment.bases) }
      for (const cell of within) {
        rest.amount -= cell.sums.amount
        for (const [of, { base }] of cell.bases) addBase(rest.bases, of, { of: UNKNOWN, base: -base })
      }
      if (rest.amount === 0n && [...rest.bases.values()].every(({ base }) => base === 0n)) continue
      const sums = { ...NO_SUMS, amount: rest.amount }
      const place = { environment: '', isExempt: rest.isExempt, window: { start: rest.start, end: rest.end } }
      // no window has no length: it stands for many, and is none of those that are looked at
      windows.push(windowOf({ ...place, window: { start: rest.start, end: rest.start }, sums }, rest))
    }
    return windows
  }

  #take(entry: PostedCost): void {
    const { appId, capabilityKey: capability, environment, isExempt, start, end } = entry
    const price = priceAt(this.#timelineOf(capability), start)
    const sums = sumsOf(entry, price)
    const place = { appId, capability, environment, isExempt, window: { start, end } }
    if (entry.periodStart !== this.#month.start) {
      const at = later(this.#month.start, earlier(entry.postedAt, this.#month.end - 1n))
      const cell = {
        ...place,
        window: { start: at, end: at + 1n },
        sums: { ...NO_SUMS, correction: sums.amount },
        price,
        isProvisional: false,
        isAdjusted: false,
      }
      this.#corrections.push(cell)
      this.#corrected.push({ cell, of: place.window })
      return
    }
    const key = cellKey(place)
    const first = entry.isAdjustment ? 0n : sums.amount
    const known = this.#cells.get(key)
    if (known === undefined) {
      this.#cells.set(key, {
        ...place,
        sums: { ...sums, first },
        price,
        isProvisional: false,
        isAdjusted: entry.isAdjustment,
        bases: basesOf(entry.measured),
        firstSequence: entry.sequence.toString(),
      })
    } else {
      addSums(known.sums, { ...sums, first })
      known.isAdjusted ||= entry.isAdjustment
      for (const [of, more] of basesOf(entry.measured)) addBase(known.bases, of, more)
    }
    this.#addSegment({ appId, capability }, entry, { price, amount: sums.amount })
  }

  #addSegment(
    account: { appId: string; capability: string },
    entry: PostedCost,
    { price, amount }: { price: PriceVersion | null; amount: bigint },
  ): void {
    const key = accountKey(account)
    const segments = this.#segments.get(key) ?? new Map<string, Segment>()
    this.#segments.set(key, segments)
    const { start, end, isExempt } = entry
    const of = segmentKey(price, isExempt)
    const segment = segments.get(of) ?? { start, end, isExempt, bases: new Map(), amount: 0n }
    segments.set(of, segment)
    segment.amount += amount
    for (const [base, more] of basesOf(entry.measured)) addBase(segment.bases, base, more)
  }

  #priceOf({ capability, window }: PostedCell): PriceVersion | null {
    return priceAt(this.#timelineOf(capability), window.start)
  }
}

export interface CellPlace {
  appId: string
  capability: string
  environment: string
  isExempt: boolean
  window: Window
}

/** The environment comes last: whatever it holds, two cells are not taken for one. */
function cellKey({ appId, capability, environment, isExempt, window }: CellPlace): string {
  return `${appId} ${capability} ${window.start} ${window.end} ${isExempt} ${environment}`
}

function accountKey({ appId, capability }: { appId: string; capability: string }): string {
  return `${appId} ${capability}`
}

/** Where there is no price, it makes no difference when. */
function segmentKey(price: PriceVersion | null, isExempt: boolean): string {
  return `${price?.from ?? 'none'} ${isExempt}`
}

/** What parts of a rating come to, as sums. `parts`: quantities by tier. */
export function ratedSums(
  rated: { quantity: bigint; amount: bigint; parts: readonly { tier: string; quantity: string }[] },
  price: PriceVersion | null,
): CostSums {
  const sums = { ...NO_SUMS, quantity: rated.quantity, amount: rated.amount, first: rated.amount }
  let free = 0n
  for (const { tier, quantity } of rated.parts) {
    if (tier === 'allowance') free += scaledOf(quantity, QUANTITY_SCALE)
    if (!NOT_CHARGED.includes(tier)) sums.billable += scaledOf(quantity, QUANTITY_SCALE)
  }
  sums.saved = savedBy(free, price)
  return sums
}

function sumsOf({ quantity, amount, parts }: PostedCost, price: PriceVersion | null): CostSums {
  return ratedSums(
    { quantity: scaledOf(quantity, QUANTITY_SCALE), amount: scaledOf(amount, AMOUNT_SCALE), parts },
    price,
  )
}

function windowOf(
  { environment, isExempt, window, sums }: Pick<PostedCell, 'environment' | 'isExempt' | 'window' | 'sums'>,
  { bases }: { bases: Bases },
): PostedWindow {
  return {
    environment,
    isExempt,
    window,
    firstSequence: '0',
    measured: [...bases.values()]
      .filter(({ base }) => base !== 0n)
      .map(({ of, base }) => ({ ...of, base: quantityText(base) })),
    entitlements: [],
    amount: amountText(sums.amount),
  }
}

const UNKNOWN: Omit<MeterBase, 'base'> = { meter: '', version: 0, divisor: '1' }

function basesOf(measured: readonly MeterBase[]): Bases {
  const bases: Bases = new Map()
  for (const { base, ...of } of measured) {
    addBase(bases, `${of.version} ${of.divisor} ${of.meter}`, { of, base: scaledOf(base, QUANTITY_SCALE) })
  }
  return bases
}

function addBase(bases: Bases, key: string, more: { of: Omit<MeterBase, 'base'>; base: bigint }): void {
  const known = bases.get(key)
  if (known === undefined) bases.set(key, { ...more })
  else known.base += more.base
}

function copied(bases: Bases): Bases {
  return new Map([...bases].map(([key, each]) => [key, { ...each }]))
}
