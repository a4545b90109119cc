'use client'
import Link from 'next/link'
import { useState } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { columnDigits, formatColumn, formatExact, formatMoney, formatPercent, formatUnit } from '../../format.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import type { ChangeView, Quantity } from '../usage/usage-view.ts'
import { PINS_MAX } from '../usage/view-address.ts'
import { drillRow, rowKey } from './drill.ts'
import { coloursOf, titleOf } from './explore-model.ts'
import type { ExploreFigures, ExploreMoney, ExploreRow, ExploreView } from './explore-view.ts'

/** The groups of a view, each opened to those within it, the whole at the foot. */
export function ExploreTable({ view }: { view: ExploreView }) {
  const first = view.rows[0]
  const [open, setOpen] = useState<readonly string[]>(first && view.by.length > 1 ? [rowKey(first.keys)] : [])
  const columns = columnsOf(view)
  const colours = coloursOf(view.rows)
  const heads = view.by.map((key) => view.dimensions.find((one) => one.key === key)?.name ?? key)
  const turn = (key: string) => setOpen(open.includes(key) ? open.filter((one) => one !== key) : [...open, key])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl" aria-label={`${titleOf(view)} by ${heads.join(' and ') || 'nothing'}`} tabIndex={0}>
      <table className="explore">
        <caption className="vh">
          {titleOf(view)}, in {formatUnit(view.unit)}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              {heads.length > 0 ? sentence(heads) : 'All together'}
            </th>
            {columns.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.rows.flatMap((row) => {
            const key = rowKey(row.keys)
            const isOpen = open.includes(key)
            return [
              <Row
                key={key}
                {...{ row, view, columns }}
                colour={colours.get(key) ?? 0}
                opening={row.children.length > 0 ? { isOpen, turn: () => turn(key) } : null}
              />,
              ...(isOpen
                ? row.children.map((child) => (
                    <Row key={rowKey(child.keys)} row={child} {...{ view, columns }} colour={null} opening={null} />
                  ))
                : []),
            ]
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className="l">
              {footWords(view)}
            </th>
            {columns.map(({ name, cell }) => (
              <td key={name} className="m">
                {cell(view.total)}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
      {view.omitted > 0 ? (
        <p className="sub">{view.omitted} smaller ones are not listed; narrow them by a filter.</p>
      ) : null}
    </section>
  )
}

type Column = { name: string; cell: (figures: ExploreFigures) => React.ReactNode; isMain?: boolean }

function columnsOf(view: ExploreView): Column[] {
  const all = [view.total, ...view.rows, ...view.rows.flatMap(({ children }) => children)]
  const shared: Column[] = [
    ...(view.period.compare === 'none' ? [] : [{ name: 'Change', cell: changeCell }]),
    ...(view.isAdditive
      ? [{ name: 'Share', cell: ({ share }: ExploreFigures) => share && formatPercent(share, false) }]
      : []),
  ]
  if (view.kind === 'usage') {
    const digits = columnDigits(all.map(({ total }) => total))
    const hasMoney = view.total.money !== null
    const { currency } = view
    return [
      { name: `Quantity, ${formatUnit(view.unit)}`, cell: ({ total }) => figure(total, digits), isMain: true },
      ...shared,
      ...(hasMoney
        ? [
            { name: 'Included', cell: quantityCell(all, includedOf) },
            { name: 'Billable', cell: quantityCell(all, ({ billable }) => billable) },
            { name: `Cost, ${currency}`, cell: moneyCell(currency, ({ net }) => net) },
          ]
        : []),
    ]
  }
  const currency = view.unit
  const hasCorrection =
    Number(view.total.money?.correction ?? 0) !== 0 || all.some(({ money }) => Number(money?.correction ?? 0) !== 0)
  return [
    { name: `List, ${currency}`, cell: moneyCell(currency, ({ list }) => list) },
    { name: 'Allowance', cell: moneyCell(currency, ({ allowance }) => negative(allowance)) },
    ...(hasCorrection ? [{ name: 'Corrections', cell: moneyCell(currency, ({ correction }) => correction) }] : []),
    { name: `Net, ${currency}`, cell: ({ total }) => money(total, currency), isMain: true },
    ...shared,
  ]
}

function Row(props: {
  row: ExploreRow
  view: ExploreView
  columns: readonly Column[]
  /** null: a row within another */
  colour: number | null
  opening: { isOpen: boolean; turn: () => void } | null
}) {
  const { row, view, columns, colour, opening } = props
  const { address, href } = usePageAddress()
  const key = rowKey(row.keys)
  const pins = address.pins ?? []
  const isPinned = pins.includes(key)
  const others = pins.filter((pin) => pin !== key)
  return (
    <tr className={colour === null ? 'inner' : undefined}>
      <th scope="row" className="l">
        {opening ? (
          <button
            type="button"
            className="fold"
            aria-expanded={opening.isOpen}
            aria-label={`${opening.isOpen ? 'Close' : 'Open'} ${row.name}`}
            onClick={opening.turn}
          >
            <Glyph name={opening.isOpen ? 'down' : 'right'} />
          </button>
        ) : view.by.length > 1 ? (
          <span className="fold" />
        ) : null}
        {colour === null ? null : <i className={`dot b${colour}`} />}
        <Link href={href(drillRow(address, view, row.keys))} prefetch={false} scroll={false} title="Look into it">
          {row.name}
        </Link>
        {colour === null ? null : (
          <Link
            className={`pin${isPinned ? ' on' : ''}`}
            href={href({
              pins: isPinned ? (others.length > 0 ? others : undefined) : [...others, key].slice(-PINS_MAX),
            })}
            prefetch={false}
            scroll={false}
            aria-label={isPinned ? `Unpin ${row.name}` : `Pin ${row.name} to the chart`}
            aria-current={isPinned ? 'true' : undefined}
          >
            {isPinned ? 'pinned' : 'pin'}
          </Link>
        )}
      </th>
      {columns.map(({ name, cell, isMain }) => (
        <td key={name} className={isMain && colour !== null ? 'm' : undefined}>
          {cell(row)}
        </td>
      ))}
    </tr>
  )
}

function figure(quantity: Quantity, digits: number): React.ReactNode {
  if (quantity === null) return <span className="mut">no value</span>
  return <span title={formatExact(quantity)}>{formatColumn(quantity, digits)}</span>
}

function money(text: string | null, currency: string | null): React.ReactNode {
  if (text === null) return null
  return <span title={`${text} ${currency ?? ''}`}>{formatMoney(text, currency ?? 'USD')}</span>
}

function moneyCell(currency: string | null, of: (money: ExploreMoney) => string): Column['cell'] {
  return ({ money: known }) => (known === null ? null : money(of(known), currency))
}

function quantityCell(all: readonly ExploreFigures[], of: (money: ExploreMoney) => string | null): Column['cell'] {
  const digits = columnDigits(all.map(({ money: known }) => (known === null ? null : of(known))))
  return ({ money: known }) => {
    const text = known === null ? null : of(known)
    return text === null ? null : figure(text, digits)
  }
}

/** What is not charged for, as a difference of doubles would not say it: both texts are exact, and so is what stands between them. */
function includedOf({ quantity, billable }: ExploreMoney): string | null {
  if (quantity === null || billable === null) return null
  return subtracted(quantity, billable)
}

/** Plain decimals by whole numbers: the browser needs no library for one difference. */
function subtracted(a: string, b: string): string {
  const scale = Math.max(...[a, b].map((text) => text.split('.')[1]?.length ?? 0))
  const whole = (text: string) => {
    const [integer = '', fraction = ''] = text.split('.')
    return BigInt(integer + fraction.padEnd(scale, '0'))
  }
  const difference = whole(a) - whole(b)
  const sign = difference < 0n ? '-' : ''
  const digits = String(difference < 0n ? -difference : difference).padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function negative(text: string): string {
  return text === '0' ? text : text.startsWith('-') ? text.slice(1) : `-${text}`
}

function changeCell({ change }: { change: ChangeView | null }): React.ReactNode {
  if (!change) return null
  return change.direction === 'new' ? 'new' : change.percent === null ? '' : formatPercent(change.percent, true)
}

function sentence(names: readonly string[]): string {
  return names.map((name, index) => (index === 0 ? name : name.toLowerCase())).join(', ')
}

function footWords({ rows, by, dimensions, isAdditive, omitted }: ExploreView): string {
  const name = (dimensions.find(({ key }) => key === by[0])?.name ?? 'row').toLowerCase()
  const count = rows.length + omitted
  if (by.length === 0) return 'All together'
  const words = count === 1 ? `1 ${name}` : `${count} ${name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`}`
  return isAdditive ? words : `${words}, together`
}
