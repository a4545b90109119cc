'use client'
import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Timeline } from '../../components/ui/timeline.tsx'
import { formatExact, formatMoment, formatPayable, formatUnit } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { rangeOf } from '../catalogue/timeline-range.ts'
import { useTRPC } from '../portal/trpc.ts'
import { PriceVersionDialog } from './price-version-dialog.tsx'
import { EndSubscription, SubscribeDialog } from './subscribe-dialog.tsx'

type Book = inferRouterOutputs<AppRouter>['prices']['find']
export type BookCapability = Book['capabilities'][number]
type Version = BookCapability['versions'][number]

/** One price book: each price on a timeline, who has it when, and the drafts of what comes next. */
export function PriceBookPage({ slug }: { slug: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.prices.find.queryOptions({ book: slug }))
  return (
    <QueryRegion query={query} what="The price book" height={400}>
      {(book) => (
        <main id="main" className="catalogue" tabIndex={-1}>
          <PageHead title={book.name} sub={`${book.slug}, in ${book.currency}; times in UTC`}>
            <SubscribeDialog book={book} />
          </PageHead>
          <Prices book={book} />
          <PriceTimeline book={book} />
          <Subscriptions book={book} />
        </main>
      )}
    </QueryRegion>
  )
}

function Prices({ book }: { book: Book }) {
  const { currency } = book
  return (
    <DataTable
      name="Prices in force"
      rows={book.capabilities.map((capability) => {
        return { ...capability, now: capability.versions.find(({ isInForce }) => isInForce) ?? null }
      })}
      rowKey={({ key }) => key}
      rowClass={({ now }) => (now === null ? 'off' : undefined)}
      columns={[
        { key: 'name', head: 'Capability', sortBy: ({ name }) => name, cell: ({ name }) => name },
        { key: 'key', head: 'Key', isText: true, cell: ({ key }) => <span className="mono">{key}</span> },
        {
          key: 'price',
          head: 'Price',
          cell: ({ now, unit }) => (now === null ? 'no price' : priceText(now, { currency, unit })),
        },
        {
          key: 'allowance',
          head: 'Allowance, per app and month',
          cell: ({ now, unit }) =>
            now === null ? '' : `${formatExact(now.allowance)} ${formatUnit(unit, now.allowance)}`,
        },
        {
          key: 'since',
          head: 'Since',
          isText: true,
          cell: ({ now }) => (now === null ? '' : formatMoment(now.from, 'UTC')),
        },
        {
          key: 'next',
          head: 'Next',
          isText: true,
          cell: ({ now }) => (now === null || now.to === null ? '' : formatMoment(now.to, 'UTC')),
        },
        {
          key: 'act',
          head: <span className="vh">Change</span>,
          isText: true,
          cell: (capability) => <PriceVersionDialog book={book.slug} currency={currency} capability={capability} />,
        },
      ]}
    />
  )
}

function priceText(version: Version, { currency, unit }: { currency: string; unit: string }): string {
  const { price, per, tiers, packaging } = version
  const of = `${per === '1' ? '' : `${formatExact(per)} `}${formatUnit(unit, per)}${packaging === 'package' ? ' begun' : ''}`
  const each = `${/^hour/.test(of) ? 'an' : 'a'} ${of}`
  if (tiers === null) return `${formatPayable(price, currency)} ${currency} ${each}`
  return `${tiers.tiers.length} tiers, ${tiers.mode}, ${each}`
}

function PriceTimeline({ book }: { book: Book }) {
  const { capabilities, now, currency } = book
  const priced = capabilities.filter(({ versions }) => versions.length > 0)
  if (priced.length === 0) return null
  return (
    <>
      <h2>Versions</h2>
      <Timeline
        name="Versions of each price"
        range={rangeOf(
          priced.flatMap(({ versions }) => versions),
          now,
        )}
        now={now}
        tracks={priced.map(({ key, name, unit, versions }) => ({
          key,
          name,
          spans: versions.map((version) => ({
            ...{ key: String(version.version), from: version.from, to: version.to },
            label: priceText(version, { currency, unit }),
            note: `allowance ${formatExact(version.allowance)}`,
          })),
        }))}
      />
    </>
  )
}

function Subscriptions({ book }: { book: Book }) {
  const { subscriptions, now } = book
  return (
    <>
      <h2>Developer spaces that have it</h2>
      <DataTable
        name="Subscriptions"
        rows={subscriptions}
        rowKey={({ id }) => id}
        rowClass={({ to }) => (to !== null && Date.parse(to) <= Date.parse(now) ? 'off' : undefined)}
        empty={<EmptyState title="No space has it">A space pays by it once it is subscribed.</EmptyState>}
        columns={[
          { key: 'space', head: 'Space', sortBy: ({ space }) => space.name, cell: ({ space }) => space.name },
          { key: 'from', head: 'From', isText: true, cell: ({ from }) => formatMoment(from, 'UTC') },
          {
            key: 'to',
            head: 'To',
            isText: true,
            cell: ({ to }) => (to === null ? 'further notice' : formatMoment(to, 'UTC')),
          },
          {
            key: 'act',
            head: <span className="vh">Change</span>,
            isText: true,
            cell: ({ id, space, to }) =>
              to === null || Date.parse(to) > Date.parse(now) ? <EndSubscription id={id} space={space.name} /> : null,
          },
        ]}
      />
    </>
  )
}
