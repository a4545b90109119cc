import type { Instant } from '@meterbook/core/kernel'
import type { BookSubscription, ListedPrice } from '@meterbook/core/rating'
import type { BillingTerm } from '@meterbook/core/statement'
import { listBilledApps } from './cost-reader.ts'
import { microsOf } from './micros-of.ts'
import type { PoolClient } from './pool.ts'
import {
  aggregationOf,
  type BillingMeter,
  type BillingSpace,
  type RatingFacts,
  readRatingFactsIn,
} from './price-reader-rating.ts'
import { type DatedTerm, listBillingTerms, readMeasuredNames } from './statement-store.ts'

type BilledApp = Awaited<ReturnType<typeof listBilledApps>>[number]

/**
 * What a space's usage was rated by, in one state: prices, terms, whose the apps were when. Some of it is changed in place elsewhere (an end is set, a name
 * is mended), so a frozen view keeps a copy.
 */
export interface FrozenMoney {
  /** every app that was ever the space's, by name */
  apps: BilledApp[]
  ownerships: { appId: string; from: Instant; to: Instant | null }[]
  /** by key */
  capabilities: Record<string, string>
  /** of this space and its books alone; without `changes` */
  facts: RatingFacts
  /** in the order of their making */
  terms: DatedTerm[]
}

/** Of the client's snapshot. */
export async function readMoneyOf(client: PoolClient, spaceId: string): Promise<FrozenMoney> {
  const facts = await readRatingFactsIn(client)
  const { capabilities } = await readMeasuredNames(client)
  const ownerships = await client.query<{ app_id: string; begins: string; ends: string | null }>(
    `SELECT app_id, ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends FROM app_ownership
      WHERE space_id = $1 ORDER BY app_id, effective_from`,
    [spaceId],
  )
  const own = ownFacts(facts, spaceId)
  const priced = new Set(own.prices.map(({ capabilityKey }) => capabilityKey))
  return {
    apps: await listBilledApps(client, spaceId),
    ownerships: ownerships.rows.map(({ app_id, begins, ends }) => ({
      appId: app_id,
      from: BigInt(begins),
      to: instantOf(ends),
    })),
    capabilities: Object.fromEntries([...capabilities].filter(([key]) => priced.has(key))),
    facts: own,
    terms: await listBillingTerms(client, spaceId),
  }
}

function ownFacts(facts: RatingFacts, spaceId: string): RatingFacts {
  const space = facts.spaces.get(spaceId)
  const books = new Set(space?.subscriptions.map(({ bookId }) => bookId))
  const prices = facts.prices.filter(({ bookId }) => books.has(bookId))
  const priced = new Set(prices.map(({ capabilityKey }) => capabilityKey))
  return {
    spaces: new Map(space === undefined ? [] : [[spaceId, space]]),
    prices,
    currencies: new Map([...facts.currencies].filter(([bookId]) => books.has(bookId))),
    meters: facts.meters.filter(({ capabilityKey }) => priced.has(capabilityKey)),
    changes: [],
  }
}

function instantOf(text: string | null): Instant | null {
  return text === null ? null : BigInt(text)
}

type SpellText = { from: string; to: string | null }
type SubscriptionText = Omit<BookSubscription, 'from' | 'to'> & SpellText
type SpaceText = Omit<BillingSpace, 'subscriptions'> & { subscriptions: SubscriptionText[] }
type PriceText = Omit<ListedPrice, 'effectiveFrom'> & { effectiveFrom: string }
type MeterText = Omit<BillingMeter, 'versions'> & {
  versions: { version: number; aggregation: string; divisor: string }[]
}

/** As it stands in JSON: instants as texts, maps as lists. */
export interface MoneyText {
  apps: BilledApp[]
  ownerships: ({ appId: string } & SpellText)[]
  capabilities: Record<string, string>
  spaces: SpaceText[]
  prices: PriceText[]
  currencies: Record<string, string>
  meters: MeterText[]
  terms: (BillingTerm & SpellText)[]
}

export function writeMoney({ apps, ownerships, capabilities, facts, terms }: FrozenMoney): MoneyText {
  return {
    apps,
    ownerships: ownerships.map((each) => ({ ...each, ...spellText(each) })),
    capabilities,
    spaces: [...facts.spaces.values()].map((space) => ({
      ...space,
      subscriptions: space.subscriptions.map((each) => ({ ...each, ...spellText(each) })),
    })),
    prices: facts.prices.map((price) => ({ ...price, effectiveFrom: price.effectiveFrom.toString() })),
    currencies: Object.fromEntries(facts.currencies),
    meters: facts.meters.map((meter) => ({
      ...meter,
      versions: [...meter.versions].map(([version, each]) => ({ version, ...each })),
    })),
    terms: terms.map((term) => ({ ...term, ...spellText(term) })),
  }
}

export function readMoney(text: MoneyText): FrozenMoney {
  return {
    apps: text.apps,
    ownerships: text.ownerships.map((each) => ({ ...each, ...spellOf(each) })),
    capabilities: text.capabilities,
    facts: {
      spaces: new Map(
        text.spaces.map((space) => [
          space.id,
          { ...space, subscriptions: space.subscriptions.map((each) => ({ ...each, ...spellOf(each) })) },
        ]),
      ),
      prices: text.prices.map((price) => ({ ...price, effectiveFrom: BigInt(price.effectiveFrom) })),
      currencies: new Map(Object.entries(text.currencies)),
      meters: text.meters.map((meter) => ({
        ...meter,
        versions: new Map(
          meter.versions.map(({ version, aggregation, divisor }) => [
            version,
            { aggregation: aggregationOf(aggregation), divisor },
          ]),
        ),
      })),
      changes: [],
    },
    terms: text.terms.map((term) => ({ ...term, ...spellOf(term) })),
  }
}

function spellText({ from, to }: { from: Instant; to: Instant | null }): SpellText {
  return { from: from.toString(), to: to === null ? null : to.toString() }
}

function spellOf({ from, to }: SpellText): { from: Instant; to: Instant | null } {
  return { from: BigInt(from), to: instantOf(to) }
}
