// server/prices: price books with their versions, who has which, and what a draft would have made of months that are over.
// Promises: versions stand as they were recorded; a what-if rates what the ledger has, exactly, and writes nothing.
// Does not know: sessions, how a version is recorded, discounts and the rounding of statements.
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { listCapabilities, listPriceBooks, listSubscriptions, type Pool, readRatingFacts } from '@meterbook/db/postgres'

/** Every price book, with how much is in it and how many spaces have it now. */
export async function readPriceBooks(pool: Pool, now: Instant) {
  const [books, facts, subscriptions] = await Promise.all([
    listPriceBooks(pool),
    readRatingFacts(pool),
    listSubscriptions(pool),
  ])
  return books.map((book) => {
    const prices = facts.prices.filter(({ bookId }) => bookId === book.id)
    const held = subscriptions.filter(
      ({ priceBookId, from, to }) => priceBookId === book.id && from <= now && (to === null || now < to),
    )
    const ahead = prices.filter(({ effectiveFrom }) => effectiveFrom > now).map(({ effectiveFrom }) => effectiveFrom)
    const [next] = ahead.sort((a, b) => (a < b ? -1 : 1))
    return {
      ...book,
      capabilities: new Set(prices.map(({ capabilityKey }) => capabilityKey)).size,
      versions: prices.length,
      spaces: held.length,
      nextChange: next === undefined ? null : formatInstant(next),
    }
  })
}

/** One book with its prices by capability, oldest version first, and every space that has, had or will have it; null if there is none. */
export async function readPriceBook(pool: Pool, input: { slug: string; now: Instant }) {
  const { slug, now } = input
  const [books, facts, subscriptions, capabilities] = await Promise.all([
    listPriceBooks(pool),
    readRatingFacts(pool),
    listSubscriptions(pool),
    listCapabilities(pool),
  ])
  const book = books.find((each) => each.slug === slug)
  if (book === undefined) return null
  const prices = facts.prices.filter(({ bookId }) => bookId === book.id)
  return {
    ...book,
    now: formatInstant(now),
    capabilities: capabilities.map((capability) => {
      const versions = prices.filter(({ capabilityKey }) => capabilityKey === capability.key)
      return {
        ...capability,
        versions: versions.map(({ version, effectiveFrom, allowance, price, per, packaging, tiers }, index) => {
          const next = versions[index + 1]?.effectiveFrom
          return {
            ...{ version, allowance, price, per, packaging, tiers, from: formatInstant(effectiveFrom) },
            to: next === undefined ? null : formatInstant(next),
            isInForce: effectiveFrom <= now && (next === undefined || now < next),
          }
        }),
      }
    }),
    subscriptions: subscriptions
      .filter(({ priceBookId }) => priceBookId === book.id)
      .map(({ id, space, from, to }) => ({
        id,
        space,
        from: formatInstant(from),
        to: to === null ? null : formatInstant(to),
      })),
  }
}
