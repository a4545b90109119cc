import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { ListedPrice } from '@meterbook/core/rating'
import { minorDigitsOf, roundedText } from '@meterbook/core/statement'
import { ratioOf } from '@meterbook/core/window'
import {
  listApps,
  listSpaceNames,
  listSubscriptions,
  type ProposalEffect,
  snapshotCatalogue,
} from '@meterbook/db/postgres'
import { actOnTrial, CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { movedEffect } from '../apps/moved-usage.ts'
import type { EventStores } from '../events/event-sight.ts'
import { shadowMeter } from '../meters/shadow-meter.ts'
import { applyBackdate, bookOf } from './apply-backdate.ts'
import { type AskedAct, type AskedBackdate, beginningOf } from './asked-backdate.ts'
import { endedUsage } from './ended-usage.ts'
import { differencesOf, repricedPast } from './repriced-past.ts'

const LINES_MAX = 200
const NOBODY = { actorId: null, requestId: null, reason: null }

export interface BackdateTrial {
  effect: ProposalEffect
  /** Whose page the proposal belongs on; null: of the platform only. */
  spaceId: string | null
}

type Trying<Name extends AskedBackdate['act']> = { asked: AskedAct<Name>; now: Instant }

/** What a change in the past would come to. Writes nothing. Throws CatalogueRefused, and MeterRefused for a schema that is none. */
export async function tryBackdate(
  stores: EventStores,
  { asked, now }: { asked: AskedBackdate; now: Instant },
): Promise<BackdateTrial> {
  const from = beginningOf(asked)
  if (from >= now)
    throw new CatalogueRefused(
      'invalid',
      `expected a beginning in the past, found ${formatInstant(from)}: from now on it needs nobody else`,
    )
  // whatever would be refused then is refused now
  const catalogue = await actOnTrial(stores.pool, async (tx) => {
    await applyBackdate(tx, { pool: stores.pool, asked, by: NOBODY })
    return snapshotCatalogue(tx)
  })
  switch (asked.act) {
    case 'price.version':
      return tryPrice(stores, { asked, now })
    case 'subscription.set':
      return tryBook(stores, { asked, now })
    case 'subscription.end':
      return tryEnd(stores, { asked, now })
    case 'entitlement.end':
      return tryEndOfRight(stores, { asked, now, catalogue })
    case 'meter.version':
      return tryMeter(stores, { asked, now })
  }
}

async function tryPrice({ pool }: EventStores, { asked, now }: Trying<'price.version'>): Promise<BackdateTrial> {
  const { capabilityKey, version } = asked
  const { effectiveFrom: from, price, per } = version
  const { id: bookId, name, currency } = await bookOf(pool, asked.book)
  const lines = await repricedLines(pool, {
    ...{ from, now },
    draft: ({ prices }) => {
      const newest = prices.reduce((max, each) => Math.max(max, each.version), 0)
      const drafted: ListedPrice = { ...version, bookId, capabilityKey, version: newest + 1 }
      return { prices: [...prices, drafted], subscriptionsOf: ({ subscriptions }) => subscriptions }
    },
  })
  const what = `${capabilityKey} in ${name} costs ${price} ${currency} per ${per} from ${formatInstant(from)} on`
  return { spaceId: null, effect: { summary: `${what}. ${lines.words}`, lines: lines.shown } }
}

async function tryBook({ pool }: EventStores, { asked, now }: Trying<'subscription.set'>): Promise<BackdateTrial> {
  const { spaceId, from, to } = asked
  const { id: bookId, name } = await bookOf(pool, asked.book)
  const space = (await listSpaceNames(pool)).find(({ id }) => id === spaceId)
  const lines = await repricedLines(pool, {
    ...{ from, now },
    draft: ({ prices }) => ({
      prices,
      subscriptionsOf: ({ id, subscriptions }) => {
        if (id !== spaceId) return subscriptions
        const kept = subscriptions.map((row) =>
          row.from < from && (row.to === null || row.to > from) ? { ...row, to: from } : row,
        )
        return [...kept, { bookId, from, to }]
      },
    }),
  })
  const until = to === null ? 'on' : `to ${formatInstant(to)}`
  const what = `${space?.name ?? 'The space'} pays by ${name} from ${formatInstant(from)} ${until}`
  return { spaceId, effect: { summary: `${what}. ${lines.words}`, lines: lines.shown } }
}

async function tryEnd({ pool }: EventStores, { asked, now }: Trying<'subscription.end'>): Promise<BackdateTrial> {
  const { subscriptionId, at } = asked
  const ended = (await listSubscriptions(pool)).find(({ id }) => id === subscriptionId)
  if (ended === undefined) throw new CatalogueRefused('not_found', 'No such subscription')
  const lines = await repricedLines(pool, {
    ...{ from: at, now },
    draft: ({ prices }) => ({
      prices,
      subscriptionsOf: ({ id, subscriptions }) =>
        id === ended.space.id
          ? subscriptions.map((row) => (row.from === ended.from ? { ...row, to: at } : row))
          : subscriptions,
    }),
  })
  const what = `${ended.space.name} has no price book from ${formatInstant(at)} on, and none of its apps a right`
  return { spaceId: ended.space.id, effect: { summary: `${what}. ${lines.words}`, lines: lines.shown } }
}

async function tryEndOfRight(
  stores: EventStores,
  { asked, now, catalogue }: Trying<'entitlement.end'> & { catalogue: Awaited<ReturnType<typeof snapshotCatalogue>> },
): Promise<BackdateTrial> {
  const { app, capabilityKey, to, targets } = await endedUsage(stores, { ...asked, now })
  const [named] = await listApps(stores.pool, [app.id])
  const usage =
    named === undefined || targets.length === 0
      ? null
      : await movedEffect(stores, { app: named, targets, draft: catalogue, visibleSpaceId: null })
  const events = `${targets.length} event${targets.length === 1 ? '' : 's'}`
  return {
    spaceId: null,
    effect: {
      summary: `The right of ${app.name} to ${capabilityKey} ends on ${formatInstant(asked.at)}; ${events} since then ${targets.length === 1 ? 'is' : 'are'} attributed anew, and held where nothing else lets them count.`,
      lines: [
        {
          what: `Right of ${app.slug} to ${capabilityKey}`,
          before: to === null ? 'until further notice' : `until ${to}`,
          after: `until ${formatInstant(asked.at)}`,
        },
        ...(usage?.usage ?? []).map(({ space, meter, unit, before, after }) => ({
          what: `${meter} of ${app.slug} in ${space ?? 'no space'}${unit === null ? '' : `, ${unit}`}`,
          before: before.quantity,
          after: after.quantity,
        })),
      ],
    },
  }
}

async function tryMeter(stores: EventStores, { asked, now }: Trying<'meter.version'>): Promise<BackdateTrial> {
  const { meter: slug, version } = asked
  const { effectiveFrom: from } = version
  const shadow = await shadowMeter(stores, { slug, draft: version, from, to: now })
  const part = shadow.events < shadow.total ? ` Of ${shadow.total} events, the newest ${shadow.events} are shown.` : ''
  return {
    spaceId: null,
    effect: {
      summary: `${slug} measures otherwise from ${formatInstant(from)} on. What is counted stays as it is until it is re-attributed or replayed.${part}`,
      lines: shadow.rows.slice(0, LINES_MAX).map(({ app, space, before, after }) => ({
        what: `${slug} of ${app} in ${space ?? 'no space'}, ${shadow.unit}`,
        before,
        after,
      })),
    },
  }
}

/** As lines of a proposal, and in words. */
async function repricedLines(pool: EventStores['pool'], input: Parameters<typeof repricedPast>[1]) {
  const { rows, isWhole } = await repricedPast(pool, input)
  const sums = differencesOf(rows).map(
    ({ currency, difference }) => `${signed(moneyText(difference, currency))} ${currency}`,
  )
  const words =
    rows.length === 0
      ? 'Nothing that is posted costs anything else.'
      : `What is posted since then costs ${sums.join(' and ')} in all: ${rows.length} account${rows.length === 1 ? '' : 's'} of an app and month. What was issued is corrected in a later statement.`
  const shown = rows.slice(0, LINES_MAX).map(({ space, app, capabilityKey, month, currency, before, after }) => ({
    what: `${capabilityKey} of ${app} in ${space}, ${month}`,
    before: `${moneyText(before, currency)} ${currency}`,
    after: `${moneyText(after, currency)} ${currency}`,
  }))
  return { words: isWhole ? words : `${words} It reaches back further than was looked at.`, shown }
}

function signed(difference: string): string {
  return difference.startsWith('-') ? difference.replace('-', '−') : `+${difference}`
}

/** To the currency's digits: what a person decides by. What is posted then is exact. */
function moneyText(amount: string, currency: string): string {
  return roundedText(ratioOf(amount), minorDigitsOf(currency))
}
