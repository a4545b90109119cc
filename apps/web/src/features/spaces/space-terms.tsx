'use client'
import type { ReactNode } from 'react'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { formatExact, formatMoney, formatMonth } from '../../format.ts'
import type { SpaceSettingsView } from './space-facts.tsx'

export type TermView = SpaceSettingsView['terms'][number]

const KINDS: Record<TermView['kind'], string> = { discount: 'Discount', minimum: 'Minimum', credit: 'Credit' }

/** What was agreed with a space beside the prices of its usage. `act`: what can be done with all of it; `actOf`: with one that is not over. */
export function SpaceTerms(props: {
  found: SpaceSettingsView
  act?: ReactNode
  actOf?: (term: TermView) => ReactNode
}) {
  const { found, act, actOf } = props
  const { currency, billingZone } = found
  return (
    <section aria-labelledby="terms">
      <div className="q">
        <h2 id="terms">Discounts, minimums and credits</h2>
        <span className="sub">lines of their own on the statement of each month</span>
        {act ? <span className="end">{act}</span> : null}
      </div>
      <DataTable
        name="Discounts, minimums and credits"
        rows={found.terms}
        rowKey={({ id }) => id}
        rowClass={({ isOver }) => (isOver ? 'off' : undefined)}
        empty={
          <EmptyState title="Nothing is agreed beside the prices" height={120}>
            Its statements are its usage at the prices of its book.
          </EmptyState>
        }
        columns={[
          { key: 'text', head: 'On the statement', cell: ({ text }) => text },
          { key: 'kind', head: 'Kind', isText: true, cell: ({ kind }) => KINDS[kind] },
          { key: 'of', head: 'Of', isText: true, cell: ({ capability }) => capability ?? 'the whole statement' },
          {
            key: 'much',
            head: 'How much',
            cell: ({ percent, amount }) =>
              percent === null ? `${formatMoney(amount ?? '0', currency)} ${currency}` : `${formatExact(percent)} %`,
          },
          { key: 'from', head: 'From', isText: true, cell: ({ from }) => formatMonth(from, billingZone) },
          {
            key: 'last',
            head: 'Last month',
            isText: true,
            cell: ({ last }) =>
              last === null ? <span className="mut">further notice</span> : formatMonth(last, billingZone),
          },
          ...(actOf === undefined
            ? []
            : [
                {
                  key: 'acts',
                  head: 'Acts',
                  isText: true,
                  cell: (term: TermView) => (term.isOver ? null : actOf(term)),
                },
              ]),
        ]}
      />
    </section>
  )
}
