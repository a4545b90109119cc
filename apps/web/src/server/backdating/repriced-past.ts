import { addDecimals, formatInstant, type Instant, subtractDecimals } from '@meterbook/core/kernel'
import { type BookSubscription, type ListedPrice, type PriceVersion, priceTimeline } from '@meterbook/core/rating'
import { billingPeriod } from '@meterbook/core/statement'
import { type BillingSpace, listApps, type Pool, type RatingFacts, readRatingFacts } from '@meterbook/db/postgres'
import { rerate } from '../prices/rerate.ts'

/** Billing periods that are looked at, the newest first; of what reaches further back that is said. */
const PERIODS_MAX = 24

/** The catalogue of prices as it would be. */
export interface PriceDraft {
  prices: readonly ListedPrice[]
  subscriptionsOf: (space: BillingSpace) => readonly BookSubscription[]
}

interface Repriced {
  space: string
  app: string
  capabilityKey: string
  month: string
  currency: string
  before: string
  after: string
}

/** What is posted since an instant and would cost something else. `isWhole`: false where it reaches back further than was looked at. */
export async function repricedPast(
  pool: Pool,
  input: { from: Instant; now: Instant; draft: (facts: RatingFacts) => PriceDraft },
): Promise<{ rows: Repriced[]; isWhole: boolean }> {
  const facts = await readRatingFacts(pool)
  const draft = input.draft(facts)
  const apps = new Map((await listApps(pool, null)).map(({ id, slug }) => [id, slug]))
  const rows: Repriced[] = []
  let isWhole = true
  for (const space of facts.spaces.values()) {
    for (const { capabilityKey, actual, planned } of changedTimelines({ space, facts, draft })) {
      const periods = periodsSince(space, input)
      isWhole &&= !periods.isCut
      for (const period of periods.found) {
        const month = formatInstant(period.start + (period.end - period.start) / 2n).slice(0, 7)
        const rated = await rerate(pool, { space, period, capabilityKey, actual, draft: planned })
        for (const { appId, actual: before, draft: after } of rated) {
          if (before === after) continue
          const named = { space: space.slug, app: apps.get(appId) ?? appId, capabilityKey, month }
          rows.push({ ...named, currency: space.currency, before, after })
        }
      }
    }
  }
  return { rows, isWhole }
}

/** By how much it all changes, for each currency. */
export function differencesOf(rows: readonly Repriced[]): { currency: string; difference: string }[] {
  return [...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, ofCurrency]) => ({
    currency,
    difference: ofCurrency.reduce((sum, row) => addDecimals(sum, subtractDecimals(row.after, row.before)), '0'),
  }))
}

function changedTimelines({ space, facts, draft }: { space: BillingSpace; facts: RatingFacts; draft: PriceDraft }) {
  const keys = new Set(draft.prices.map(({ capabilityKey }) => capabilityKey))
  const subscriptions = draft.subscriptionsOf(space)
  return [...keys].flatMap((capabilityKey) => {
    const of = (prices: readonly ListedPrice[]) => prices.filter((price) => price.capabilityKey === capabilityKey)
    const actual = priceTimeline({ prices: of(facts.prices), subscriptions: space.subscriptions })
    const planned = priceTimeline({ prices: of(draft.prices), subscriptions })
    return textOf(actual) === textOf(planned) ? [] : [{ capabilityKey, actual, planned }]
  })
}

function textOf(timeline: readonly PriceVersion[]): string {
  return timeline.map(({ bookId, version, from, to }) => `${bookId} ${version} ${from} ${to}`).join('\n')
}

function periodsSince({ billingZone }: BillingSpace, { from, now }: { from: Instant; now: Instant }) {
  const found = [billingPeriod(now, billingZone)]
  let earliest = found[0]
  while (earliest !== undefined && earliest.start > from && found.length < PERIODS_MAX) {
    earliest = billingPeriod(earliest.start - 1n, billingZone)
    found.push(earliest)
  }
  return { found, isCut: earliest !== undefined && earliest.start > from }
}
