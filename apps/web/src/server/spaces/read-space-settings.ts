// server/spaces: developer spaces as those who run the platform make and change them, and as their admins see them.
// Promises: what may no longer change is said before it is tried; a slug that is not there is not found.
// Does not know: who may ask, how an act is written and audited, what anything costs.
import { formatInstant, instantFromMs } from '@meterbook/core/kernel'
import { billingPeriod } from '@meterbook/core/statement'
import {
  type ListedSpace,
  listAppsOfPlatform,
  listBillingTerms,
  listStatements,
  type Pool,
  readMeasuredNames,
  readPrices,
} from '@meterbook/db/postgres'

/** A space with its apps, the price books it had and has, what else was agreed, and the month that runs by its clock. Instants as text. */
export async function readSpaceSettings(pool: Pool, space: ListedSpace) {
  const [apps, prices, statements, terms, names] = await Promise.all([
    listAppsOfPlatform(pool, { spaceId: space.id }),
    readPrices(pool),
    listStatements(pool, space.id),
    listBillingTerms(pool, space.id),
    readMeasuredNames(pool),
  ])
  const books = new Map(prices.books.map(({ id, slug }) => [id, slug]))
  const month = billingPeriod(instantFromMs(Date.now()), space.billingZone)
  const closed = statements.at(-1)
  return {
    ...space,
    appsOwned: apps.map(({ slug, name, series, isArchived, rights, keys }) => ({
      ...{ slug, name, series, isArchived },
      ...{ rights, keys },
    })),
    subscriptions: prices.subscriptions
      .filter(({ spaceId, from, to }) => spaceId === space.id && (to === null || from < to))
      .sort((a, b) => (a.from < b.from ? -1 : 1))
      .map(({ priceBookId, from, to }) => ({
        ...{ priceBook: books.get(priceBookId) ?? '', from: formatInstant(from) },
        to: to === null ? null : formatInstant(to),
      })),
    terms: terms.map(({ from, to, capability, ...term }) => ({
      ...{ ...term, capability: capability === null ? null : (names.capabilities.get(capability) ?? capability) },
      from: formatInstant(from),
      /** within the last month it is of; null: until further notice */
      last: to === null ? null : formatInstant(to - 1n),
      isOver: to !== null && to <= month.start,
    })),
    capabilities: [...names.capabilities].map(([key, name]) => ({ key, name })),
    month: { start: formatInstant(month.start), end: formatInstant(month.end) },
    closedThrough: closed === undefined ? null : formatInstant(closed.period.end),
  }
}
