import { formulaText } from '@meterbook/core/catalogue'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { priceAt, priceTimeline } from '@meterbook/core/rating'
import { listMeterDefinitions, type Pool, readRatingFacts } from '@meterbook/db/postgres'
import { readRightFacts } from '@meterbook/db/postgres/catalogue-acts'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { versionInForce } from './read-meters.ts'

/**
 * What a space's usage is measured and billed by, now: for each meter what counts, its unit, its price and allowance in the space's own price book and since
 * when, and which of the apps in sight may use it.
 */
export async function readDefinitions(pool: Pool, input: { access: SpaceAccess; now: Instant }) {
  const { access, now } = input
  const apps = access.apps.filter(({ isOwned }) => isOwned)
  const [meters, facts, rights] = await Promise.all([
    listMeterDefinitions(pool),
    readRatingFacts(pool),
    readRightFacts(
      pool,
      apps.map(({ id }) => id),
    ),
  ])
  const subscriptions = facts.spaces.get(access.space.id)?.subscriptions ?? []
  const holding = rights.entitlements.filter(({ from, to }) => from <= now && (to === null || now < to))
  return {
    currency: access.space.currency,
    apps: apps.length,
    meters: meters.map(({ slug, name, description, capability, versions }) => {
      const version = versionInForce(versions, now)
      const prices = facts.prices.filter(({ capabilityKey }) => capabilityKey === capability.key)
      const timeline = priceTimeline({ prices, subscriptions })
      const price = priceAt(timeline, now)
      const entitled = new Set(holding.filter((row) => row.capabilityKey === capability.key).map(({ appId }) => appId))
      return {
        ...{ slug, name, description, capability },
        version: version && {
          ...{ number: version.version, eventType: version.eventType, aggregation: version.aggregation },
          ...{ formula: formulaText(version), since: formatInstant(version.from) },
          dimensions: Object.keys(version.groupBy),
          dataSchema: version.dataSchema ?? null,
        },
        price: price && {
          ...{
            allowance: price.allowance,
            price: price.price,
            per: price.per,
            packaging: price.packaging,
            tiers: price.tiers,
          },
          since: formatInstant(price.from),
        },
        entitledApps: entitled.size,
        /** every version there was or is to be, oldest first: what counted, from when on */
        versions: versions.map((each) => ({
          ...{ number: each.version, eventType: each.eventType, formula: formulaText(each) },
          since: formatInstant(each.from),
        })),
        /** every price of the space's books, oldest first */
        prices: timeline.map((each) => ({
          ...{ allowance: each.allowance, price: each.price, per: each.per, tiers: each.tiers },
          since: formatInstant(each.from),
          until: each.to === null ? null : formatInstant(each.to),
        })),
      }
    }),
  }
}
