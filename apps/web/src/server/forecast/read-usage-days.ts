// server/forecast: what a space's usage of past days leads to: its month's end, its allowances' ends, its apps' silences.
// Promises: what is posted and what is measured and not posted yet are of one moment; quantities are those that statements are made of.
// Does not know: rights, pages; how a forecast is made, which core says.
import type { UsageDays } from '@meterbook/core/forecast'
import { addDecimals, type Instant, instantToMs, subtractDecimals } from '@meterbook/core/kernel'
import { type MeasuredWindow, quantityOfBases } from '@meterbook/core/posting'
import { earlier, type Window, windowEnd, windowStart, windowsBetween } from '@meterbook/core/window'
import { readHeads, readPostedDays, readRatingFacts } from '@meterbook/db/postgres'
import { BillingFacts, readUnsettled, type UnsettledUsage } from '@meterbook/db/settlement'
import type { EventStores } from '../events/event-sight.ts'
import { heldRead } from '../usage/held-reads.ts'

/** Months before the one asked for: six of them can be forecast again, from the usage of those before. */
const MONTHS_BACK = 7
/** Postings in between are looked for again: what was posted and what was measured have to be of one moment. */
const TRIES_MAX = 3
const TTL_MS = 10_000
const STALE_MS = 60_000
const HOUR = 3_600_000_000n
/** Late usage of a month that is over is waited for as long, and some. */
const LATE = 96n * HOUR

type Space = { id: string; billingZone: string }
type Asked = { space: Space /** any instant of the month */; at: Instant; now: Instant }

export interface SpaceDays {
  period: Window
  /** months before it, the newest first */
  months: Window[]
  usage: UsageDays
  /** the month before it, as far as has passed of this one, in whole hours */
  before: { period: Window; usage: UsageDays }
}

/** `rebuilding`: usage is being projected anew; `behind`: settlement has too much before it to be added up at once. Neither is zero. */
export type Unavailable = { unavailable: 'rebuilding' | 'behind' }

/** Kept for a moment for all who look at the space: what is not settled is added up from usage records. */
export function readUsageDays(stores: EventStores, asked: Asked): Promise<SpaceDays | Unavailable> {
  const { space, at, now } = asked
  const month = windowStart(at, 'month', space.billingZone)
  return heldRead({
    ...{ key: `usage days ${space.id} ${month}`, ttlMs: TTL_MS, staleMs: STALE_MS, nowMs: instantToMs(now) },
    read: () => readAgain(stores, asked),
  })
}

async function readAgain(stores: EventStores, asked: Asked): Promise<SpaceDays | Unavailable> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const before = await headOf(stores, asked.space)
    const read = await readOnce(stores, asked)
    if ('unavailable' in read || before === (await headOf(stores, asked.space))) return read
  }
  return { unavailable: 'behind' }
}

async function headOf({ pool }: EventStores, { id }: Space): Promise<bigint> {
  const [head] = await readHeads(pool, { spaceIds: [id] })
  return head?.sequence ?? 0n
}

async function readOnce(stores: EventStores, { space, at, now }: Asked): Promise<SpaceDays | Unavailable> {
  const zone = space.billingZone
  const period = { start: windowStart(at, 'month', zone), end: windowEnd(at, 'month', zone) }
  const end = earlier(now, period.end)
  const months = monthsBefore(period, zone)
  const last = months[0] as Window
  const looked = [...(now - period.end < LATE ? [period] : []), ...(now - period.start < LATE ? [last] : [])]
  const unsettled = await Promise.all(
    looked.map((each) => readUnsettled(stores, { spaceId: space.id, period: each, asOf: now })),
  )
  const away = unsettled.find((each) => each.state === 'unavailable')
  if (away?.state === 'unavailable') return { unavailable: away.why }
  const asOf = looked[0] === period ? (untilOf(unsettled[0]) ?? end) : end
  const elapsed = asOf - period.start
  const cut = earlier(last.start + elapsed - (elapsed % HOUR), last.end)
  const days = windowsBetween(months.at(-1)?.start ?? period.start, asOf, 'day', zone)
  const pieces = days.flatMap((day) => piecesOf(day, cut))
  const [posted, facts] = await Promise.all([
    readPostedDays(stores.pool, { spaceId: space.id, starts: [...pieces.map(({ start }) => start), asOf] }),
    readRatingFacts(stores.pool),
  ])
  const sums = new Sums(pieces.length)
  for (const row of posted) sums.add(row)
  for (const each of unsettled) for (const more of measuredPieces(each, pieces)) sums.add(more)
  const billing = new BillingFacts(facts)
  const billed = billing.space(space.id)
  const accounts = sums.accounts().map((account) => ({
    ...account,
    timeline: billed === null ? [] : billing.timelineOf(billed, account.capabilityKey),
  }))
  const usageOf = (through: Instant): UsageDays => {
    const shown = days.filter(({ start }) => start < through)
    const inDay = shown.map((day) =>
      pieces.flatMap(({ start }, index) => (isWithin(start, day) && start < through ? [index] : [])),
    )
    return {
      zone,
      asOf: through,
      days: shown,
      accounts: accounts.map(({ quantities, ...account }) => ({
        ...account,
        quantities: inDay.map((indexes) => indexes.map((index) => quantities[index] ?? '0').reduce(addDecimals, '0')),
      })),
    }
  }
  return {
    period,
    months,
    usage: usageOf(asOf),
    before: { period: last, usage: usageOf(cut) },
  }
}

/** The watermark of what was measured; null: nothing was, or everything up to it is settled. */
function untilOf(unsettled: UnsettledUsage | undefined): Instant | null {
  return unsettled?.state === 'measured' ? unsettled.until : null
}

function monthsBefore(period: Window, zone: string): Window[] {
  const months: Window[] = []
  let { start } = period
  while (months.length < MONTHS_BACK) {
    const end = start
    start = windowStart(end - 1n, 'month', zone)
    months.push({ start, end })
  }
  return months
}

function piecesOf(day: Window, cut: Instant): Window[] {
  if (cut <= day.start || cut >= day.end) return [day]
  return [
    { start: day.start, end: cut },
    { start: cut, end: day.end },
  ]
}

type Piece = { appId: string; capabilityKey: string; day: number; quantity: string }

class Sums {
  readonly #count: number
  readonly #sums = new Map<string, { appId: string; capabilityKey: string; quantities: string[] }>()

  constructor(count: number) {
    this.#count = count
  }

  add({ appId, capabilityKey, day, quantity }: Piece): void {
    if (day < 0 || day >= this.#count) return
    const key = `${appId} ${capabilityKey}`
    const known = this.#sums.get(key)
    const account = known ?? { appId, capabilityKey, quantities: Array.from({ length: this.#count }, () => '0') }
    if (known === undefined) this.#sums.set(key, account)
    account.quantities[day] = addDecimals(account.quantities[day] ?? '0', quantity)
  }

  accounts() {
    return [...this.#sums.values()]
  }
}

/** What is measured and not posted, or posted and not measured any more, of the windows that were looked at. */
function* measuredPieces(unsettled: UnsettledUsage, pieces: readonly Window[]): Generator<Piece> {
  if (unsettled.state === 'unavailable') return
  for (const { account, measured, posted } of unsettled.accounts) {
    const known = new Map(posted.map((window) => [placeOf(window), window.measured]))
    for (const each of measured) {
      const at = each.window.start
      const day = each.isExempt ? -1 : pieces.findIndex((piece) => isWithin(at, piece))
      if (day < 0) continue
      const before = quantityOfBases(known.get(placeOf(each)) ?? [])
      const quantity = subtractDecimals(quantityOfBases(each.measured), before)
      if (quantity !== '0') yield { appId: account.appId, capabilityKey: account.capabilityKey, day, quantity }
    }
  }
}

function isWithin(at: Instant, { start, end }: Window): boolean {
  return start <= at && at < end
}

function placeOf({
  window,
  environment,
  isExempt,
}: Pick<MeasuredWindow, 'window' | 'environment' | 'isExempt'>): string {
  return `${window.start} ${window.end} ${isExempt} ${environment}`
}
