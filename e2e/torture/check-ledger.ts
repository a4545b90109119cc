// Holds the ledger to the ground truth's money: every account-window, every account, every entry, every link of the chains.
// Promises: to the last digit; what it expects it works out from the events and the price list, by code of the run's own.
// Does not know: how settlement works.
import { AccountSum } from './account-sum.ts'
import {
  accountText,
  addBase,
  type Bases,
  type BilledUsage,
  type BilledWindow,
  basesText,
  billedUsage,
  windowText,
} from './billed-usage.ts'
import { ChainWalk } from './chain.ts'
import { compare } from './compare.ts'
import { FRACTION_DIGITS } from './exact.ts'
import type { Findings } from './findings.ts'
import { instantOf } from './local-time.ts'
import { AMOUNT_DIGITS, type Charge, type Charges, digitsAt, scaled, UNIT_DIGITS } from './money.ts'
import { readSettled, type SettledLedger, type StoredEntry } from './stored-ledger.ts'
import type { TruthEvent } from './truth.ts'
import type { World } from './world.ts'

/** What the ledger was found to hold. */
export interface LedgerTally {
  /** By kind. */
  entries: Map<string, number>
  accounts: number
  windows: number
  /** By price and tier: how many accounts have something there in the end. */
  places: Map<string, number>
  /** Σ amount of all entries, exact digits. */
  amount: string
  settledMs: number
}

/** Null: settlement did not come to its end. */
export async function checkLedger(input: {
  databaseUrl: string
  world: World
  truth: readonly TruthEvent[]
  findings: Findings
}): Promise<LedgerTally | null> {
  const began = performance.now()
  const read = await readSettled(input.databaseUrl, async (ledger) => {
    const settledMs = performance.now() - began
    return { ...(await hold({ ...input, ledger })), settledMs }
  })
  if ('result' in read) return read.result
  input.findings.add('not settled in time', read.waiting)
  return null
}

async function hold(input: {
  ledger: SettledLedger
  world: World
  truth: readonly TruthEvent[]
  findings: Findings
}): Promise<Omit<LedgerTally, 'settledMs'>> {
  const { ledger, world, truth, findings } = input
  const until = new Map(ledger.stands.map(({ shard, until: end }) => [shard, end]))
  const expected = expectedOf(world, billedUsage({ world, truth, until }))
  const posted = new PostedLedger(world, findings)
  const chains = new ChainWalk(findings)
  const entries = new Map<string, number>()
  for await (const entry of ledger.entries()) {
    chains.follow(entry)
    entries.set(entry.kind, (entries.get(entry.kind) ?? 0) + 1)
    if (entry.kind === 'usage' || entry.kind === 'adjustment') posted.take(entry)
    else if (entry.kind !== 'journal_seal')
      findings.add('ledger: nobody asked for it', `${entry.kind} ${placeOf(entry)}`)
  }
  chains.end(ledger.heads)
  const found = posted.texts()
  compare('ledger, what was measured in a window', { findings, expected: expected.windows, found: found.windows })
  compare('ledger, an account in all', { findings, expected: expected.accounts, found: found.accounts })
  const places = new Map<string, number>()
  for (const sum of expected.sums.values())
    for (const place of sum.charges().keys()) places.set(place, (places.get(place) ?? 0) + 1)
  return {
    ...{ entries, places },
    accounts: expected.accounts.size,
    windows: expected.windows.size,
    amount: digitsAt(posted.amount, AMOUNT_DIGITS),
  }
}

/** What nothing was used of, or as much taken back as used, has no text. */
function expectedOf(world: World, usage: BilledUsage) {
  const windows = new Map<string, string>()
  const sums = new Map<string, AccountSum>()
  for (const [key, { window, bases }] of usage) {
    const text = basesText(bases)
    if (text !== '') windows.set(key, text)
    sumFor(sums, world, window).add(window, bases)
  }
  const accounts = new Map<string, string>()
  for (const [key, sum] of sums) {
    const text = totalText({ charged: sum.quantity(false), exempt: sum.quantity(true), amount: sum.amount() })
    if (text !== '') accounts.set(key, text)
  }
  return { windows, accounts, sums }
}

function sumFor(sums: Map<string, AccountSum>, world: World, window: BilledWindow): AccountSum {
  const key = accountText(window)
  const sum = sums.get(key) ?? new AccountSum(world.prices.get(window.capability) ?? [])
  sums.set(key, sum)
  return sum
}

interface Total {
  charged: bigint
  exempt: bigint
  amount: bigint
}

function totalText({ charged, exempt, amount }: Total): string {
  if (charged === 0n && exempt === 0n && amount === 0n) return ''
  const [used, free] = [digitsAt(charged, FRACTION_DIGITS), digitsAt(exempt, FRACTION_DIGITS)]
  return `used ${used}, exempt ${free}, costs ${digitsAt(amount, AMOUNT_DIGITS)}`
}

/** The members of an entry that the run looks at. */
interface UsageText {
  kind: string
  app: string
  environment: string
  exempt: boolean
  capability: string
  period: { start: string; end: string }
  billedIn: { start: string; end: string }
  window: { start: string; end: string }
  quantity: string
  amount: string
  parts: {
    version: string | null
    tier: string
    quantity: string
    units: string
    unitPrice: string | null
    amount: string
  }[]
  measured: { meter: string; version: number; base: string; divisor: string }[]
  cumulative: { before: string; after: string }
  adjusts?: string
}

/** Adds up what was posted, and holds each entry to what was posted before it. */
class PostedLedger {
  amount = 0n
  readonly #world: World
  readonly #findings: Findings
  readonly #firsts = new Map<string, bigint>()
  readonly #windows: Map<string, Bases> = new Map()
  readonly #sums = new Map<string, AccountSum>()
  readonly #charges = new Map<string, Charges>()
  readonly #totals = new Map<string, Total>()

  constructor(world: World, findings: Findings) {
    this.#world = world
    this.#findings = findings
  }

  take(entry: StoredEntry): void {
    const usage = JSON.parse(entry.canonical) as UsageText
    const window = windowOfEntry(entry.spaceId, usage)
    this.#checkPlace(entry, usage, window)
    const bases: Bases = new Map()
    for (const { meter, version, base, divisor } of usage.measured)
      addBase(bases, { meter: `${meter} ${version}`, divisor: BigInt(divisor), base: scaled(base, FRACTION_DIGITS) })
    const known = this.#windows.get(windowText(window)) ?? new Map()
    this.#windows.set(windowText(window), known)
    for (const each of bases.values()) addBase(known, each)
    this.#checkRating({ entry, usage, window, bases })
    const [quantity, amount] = [scaled(usage.quantity, FRACTION_DIGITS), scaled(usage.amount, AMOUNT_DIGITS)]
    const total = this.#totals.get(accountText(window)) ?? { charged: 0n, exempt: 0n, amount: 0n }
    this.#totals.set(accountText(window), total)
    total[window.isExempt ? 'exempt' : 'charged'] += quantity
    total.amount += amount
    this.amount += amount
  }

  texts(): { windows: [string, string][]; accounts: [string, string][] } {
    const isSomething = ([, text]: [string, string]) => text !== ''
    const windows = [...this.#windows].map(([key, bases]): [string, string] => [key, basesText(bases)])
    const accounts = [...this.#totals].map(([key, total]): [string, string] => [key, totalText(total)])
    return { windows: windows.filter(isSomething), accounts: accounts.filter(isSomething) }
  }

  /** The first entry of a window is its usage, every later one an adjustment of that; the columns say what the text says. */
  #checkPlace(entry: StoredEntry, usage: UsageText, window: BilledWindow): void {
    const place = placeOf(entry)
    const key = windowText(window)
    const first = this.#firsts.get(key)
    if (first === undefined) this.#firsts.set(key, entry.sequence)
    const isFirst = first === undefined
    if (isFirst !== (entry.kind === 'usage'))
      this.#findings.add(
        isFirst ? 'ledger: an adjustment of nothing' : 'ledger: a window posted twice',
        `${place} ${key}`,
      )
    if (!isFirst && usage.adjusts !== String(first))
      this.#findings.add('ledger: adjusts another entry', `${place} adjusts ${usage.adjusts}, not ${first}`)
    const isSame =
      usage.kind === entry.kind &&
      scaled(entry.quantity ?? '', FRACTION_DIGITS) === scaled(usage.quantity, FRACTION_DIGITS) &&
      scaled(entry.amount ?? '', AMOUNT_DIGITS) === scaled(usage.amount, AMOUNT_DIGITS)
    if (!isSame) this.#findings.add('ledger: a column that is not what was hashed', place)
    // no month of the run is closed
    if (usage.billedIn.start !== usage.period.start)
      this.#findings.add('ledger: billed in another month', `${place} ${usage.billedIn.start}`)
  }

  /** Quantity, amount and parts are what the month costs with it less what it cost before. */
  #checkRating(input: { entry: StoredEntry; usage: UsageText; window: BilledWindow; bases: Bases }): void {
    const { entry, usage, window, bases } = input
    const key = accountText(window)
    const sum = sumFor(this.#sums, this.#world, window)
    const before = { quantity: sum.quantity(window.isExempt), charges: this.#charges.get(key) ?? new Map() }
    sum.add(window, bases)
    const after = { quantity: sum.quantity(window.isExempt), charges: sum.charges() }
    this.#charges.set(key, after.charges)
    const quantity = after.quantity - before.quantity
    const charges = window.isExempt
      ? new Map([['- exempt', { quantity, units: 0n, amount: 0n }]])
      : difference(before.charges, after.charges)
    const amount = [...charges.values()].reduce((total, each) => total + each.amount, 0n)
    const told = new Map<string, Charge>()
    for (const part of usage.parts) {
      const place = `${part.version === null ? '-' : instantOf(part.version)} ${part.tier}`
      const units = scaled(part.units, UNIT_DIGITS)
      told.set(place, {
        units,
        quantity: scaled(part.quantity, FRACTION_DIGITS),
        amount: scaled(part.amount, AMOUNT_DIGITS),
      })
      if (units * scaled(part.unitPrice ?? '0', FRACTION_DIGITS) !== scaled(part.amount, AMOUNT_DIGITS))
        this.#findings.add('ledger: units × price is not the amount', `${placeOf(entry)} ${place}`)
    }
    const digits = (value: bigint) => digitsAt(value, FRACTION_DIGITS)
    const { cumulative } = usage
    const found = [usage.quantity, usage.amount, cumulative.before, cumulative.after, chargesText(told)].join(' | ')
    const wanted = [
      ...[digits(quantity), digitsAt(amount, AMOUNT_DIGITS), digits(before.quantity), digits(after.quantity)],
      chargesText(charges),
    ].join(' | ')
    if (found !== wanted)
      this.#findings.add(
        'ledger: an entry is not what its usage costs',
        `${placeOf(entry)} ${windowText(window)}: expected ${wanted}, found ${found}`,
      )
  }
}

function windowOfEntry(spaceId: string, usage: UsageText): BilledWindow {
  return {
    spaceId,
    appId: usage.app,
    capability: usage.capability,
    period: instantOf(usage.period.start),
    environment: usage.environment,
    isExempt: usage.exempt,
    start: instantOf(usage.window.start),
    end: instantOf(usage.window.end),
  }
}

function difference(before: Charges, after: Charges): Charges {
  const left: Charges = new Map(after)
  for (const [place, { quantity, units, amount }] of before) {
    const now = after.get(place) ?? { quantity: 0n, units: 0n, amount: 0n }
    left.set(place, { quantity: now.quantity - quantity, units: now.units - units, amount: now.amount - amount })
  }
  return left
}

function chargesText(charges: Charges): string {
  return [...charges]
    .filter(([, { quantity, units, amount }]) => quantity !== 0n || units !== 0n || amount !== 0n)
    .map(([place, { quantity, units, amount }]) => {
      const digits = [
        digitsAt(quantity, FRACTION_DIGITS),
        digitsAt(units, UNIT_DIGITS),
        digitsAt(amount, AMOUNT_DIGITS),
      ]
      return `${place}: ${digits.join(' ')}`
    })
    .sort()
    .join(', ')
}

function placeOf({ spaceId, sequence }: StoredEntry): string {
  return `${spaceId} ${sequence}`
}
