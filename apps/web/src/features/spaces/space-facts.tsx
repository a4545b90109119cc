'use client'
import type { inferRouterOutputs } from '@trpc/server'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { formatMoment, formatZone } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { validityColumns } from '../catalogue/validity-columns.tsx'

export type SpaceSettingsView = inferRouterOutputs<AppRouter>['developerSpaces']['settings']

/** What a space is billed by, in words, and the price books it had and has. */
export function SpaceFacts({ found }: { found: SpaceSettingsView }) {
  const { currency, billingZone, month, closedThrough, isBilled, slug } = found
  const inZone = (instant: string) => formatMoment(instant, billingZone)
  const rows = [
    {
      key: 'Slug',
      value: <span className="mono">{slug}</span>,
      note: 'its name in addresses and on statements; it stays',
    },
    {
      key: 'Currency',
      value: currency,
      note: isBilled
        ? 'it stays: usage was posted in it'
        : 'of its price books and statements; it stays once something is posted',
    },
    {
      key: 'Billing zone',
      value: formatZone(billingZone),
      note: `a month begins and ends by its clock, whatever zone a page is shown in${isBilled ? '; it stays: usage was posted by it' : ''}`,
    },
    {
      key: 'The month that runs',
      value: `${inZone(month.start)} to ${inZone(month.end)}`,
      note:
        billingZone === 'UTC'
          ? 'by the clock of its billing zone'
          : `${formatMoment(month.start, 'UTC')} to ${formatMoment(month.end, 'UTC')} in UTC`,
    },
    {
      key: 'Closed through',
      value: closedThrough === null ? 'nothing is closed yet' : inZone(closedThrough),
      note: 'what comes later for a closed month is a correction in the next statement',
    },
  ]
  return (
    <>
      <section aria-labelledby="billed-by">
        <div className="q">
          <h2 id="billed-by">Billed by</h2>
        </div>
        <DataTable
          name="Billed by"
          rows={rows}
          rowKey={({ key }) => key}
          columns={[
            { key: 'key', head: 'What', cell: ({ key }) => key },
            { key: 'value', head: 'Value', isText: true, cell: ({ value }) => value },
            { key: 'note', head: 'Meaning', isText: true, cell: ({ note }) => <span className="mut">{note}</span> },
          ]}
        />
      </section>
      <section aria-labelledby="price-books">
        <div className="q">
          <h2 id="price-books">Price books</h2>
        </div>
        <DataTable
          name="Price books"
          rows={found.subscriptions}
          rowKey={({ from }) => from}
          empty={
            <EmptyState title="No price book yet" height={120}>
              Its apps can have no rights until who runs the platform gives it one: what they use is held.
            </EmptyState>
          }
          columns={[
            { key: 'book', head: 'Price book', cell: ({ priceBook }) => priceBook },
            ...validityColumns<SpaceSettingsView['subscriptions'][number]>(),
          ]}
        />
      </section>
    </>
  )
}
