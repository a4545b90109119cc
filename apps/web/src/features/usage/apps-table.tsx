'use client'
import Link from 'next/link'
import { useState } from 'react'
import {
  columnDigits,
  formatClock,
  formatColumn,
  formatDifference,
  formatExact,
  formatGranularity,
  formatPercent,
  formatUnit,
} from '../../format.ts'
import { sparkPath } from '../chart/lay-out.ts'
import { usePageAddress } from './page-address.tsx'
import type { AppFigures, ChangeView, Quantity, SpaceUsageView } from './usage-view.ts'
import { writeAddress } from './view-address.ts'

type Column = 'name' | 'total' | 'change' | 'share'
type Sorting = { column: Column; isDescending: boolean }

const SPARK = { width: 132, height: 20 }

/** The apps of the space, one row each, the whole at the foot. */
export function AppsTable({ view }: { view: SpaceUsageView }) {
  const [sorting, setSorting] = useState<Sorting>({ column: 'total', isDescending: true })
  const digits = columnDigits([view.consolidated.total, ...view.apps.map(({ total }) => total)])
  const head = (column: Column, label: string, className?: string) => (
    <SortHead column={column} label={label} className={className} sorting={sorting} onSort={setSorting} />
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl" aria-label={`${view.meter.name} by app`} tabIndex={0}>
      <table>
        <caption className="vh">
          {view.meter.name} by app, in {view.meter.unit}, against the same elapsed time before
        </caption>
        <thead>
          <tr>
            {head('name', 'App', 'l')}
            <th scope="col">In {formatGranularity(view.period.granularity)}</th>
            {head('total', formatUnit(view.meter.unit))}
            {head('change', 'Change')}
            <th scope="col">
              <span className="vh">Change in percent</span>
            </th>
            {view.meter.isAdditive ? head('share', 'Share') : null}
            <th scope="col">Data through</th>
          </tr>
        </thead>
        <tbody>
          {sorted(view.apps, sorting).map((row) => (
            <Row key={row.app.slug} row={row} view={view} digits={digits} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className="l">
              {view.apps.length === 1 ? '1 app' : `${view.apps.length} apps`}
              {view.meter.isAdditive ? '' : ', together'}
            </th>
            <td />
            <Figure quantity={view.consolidated.total} digits={digits} />
            <ChangeCells change={view.consolidated.change} digits={digits} />
            {view.meter.isAdditive ? (
              <td>{view.consolidated.total === '0' ? '' : formatPercent('100', false)}</td>
            ) : null}
            <td />
          </tr>
        </tfoot>
      </table>
    </section>
  )
}

function Row({ row, view, digits }: { row: AppFigures; view: SpaceUsageView; digits: number }) {
  const { space, address } = usePageAddress()
  // the app's page opens on the same stretch of time
  const query = writeAddress({ ...address, meter: undefined, by: [] }, '24h')
  const openFrom = view.windows.findIndex(({ state }) => state === 'open')
  const values = row.values.map((text) => (text === null ? null : Number(text)))
  const path = sparkPath({ values, openFrom: openFrom < 0 ? values.length : openFrom }, SPARK)
  return (
    <tr>
      <th scope="row" className="l">
        <Link href={`/s/${space}/apps/${row.app.slug}${query}`} prefetch={false}>
          <i className={`dot b${row.app.series}`} />
          {row.app.name}
        </Link>
        {row.app.isOwned ? null : <span className="mut"> {row.app.isArchived ? 'archived' : 'moved away'}</span>}
      </th>
      <td>
        <svg className="spark" {...SPARK} viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
          <path className={`k${row.app.series}`} d={path.d} />
          <path className={`k${row.app.series} o`} d={path.openD} />
        </svg>
      </td>
      <Figure quantity={row.total} digits={digits} />
      <ChangeCells change={row.change} digits={digits} />
      {view.meter.isAdditive ? (
        <td>
          {row.share === null ? null : (
            <span className="shr" style={{ '--p': `${row.share}%` } as React.CSSProperties}>
              <i />
              <span>{formatPercent(row.share, false)}</span>
            </span>
          )}
        </td>
      ) : null}
      <td className="sec">{formatClock(row.through, view.period.zone)}</td>
    </tr>
  )
}

function Figure({ quantity, digits }: { quantity: Quantity; digits: number }) {
  if (quantity === null) return <td className="mut">no value</td>
  return (
    <td className="m" title={formatExact(quantity)}>
      {formatColumn(quantity, digits)}
    </td>
  )
}

function ChangeCells({ change, digits }: { change: ChangeView | null; digits: number }) {
  if (!change) return <td colSpan={2} className="mut" />
  return (
    <>
      <td>{formatDifference(change.absolute, digits)}</td>
      <td className="mut" style={{ paddingLeft: 10 }}>
        {change.direction === 'new' ? 'new' : change.percent === null ? '' : formatPercent(change.percent, true)}
      </td>
    </>
  )
}

function SortHead(props: {
  column: Column
  label: string
  className?: string
  sorting: Sorting
  onSort: (sorting: Sorting) => void
}) {
  const { column, label, sorting } = props
  const isSorted = sorting.column === column
  const turn = () => props.onSort({ column, isDescending: isSorted ? !sorting.isDescending : column !== 'name' })
  return (
    <th
      scope="col"
      className={props.className}
      aria-sort={isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" onClick={turn}>
        {label}
        {isSorted ? (sorting.isDescending ? ' ↓' : ' ↑') : ''}
      </button>
    </th>
  )
}

/** For order only; figures are printed from their exact texts. */
function sorted(apps: AppFigures[], { column, isDescending }: Sorting): AppFigures[] {
  const sign = isDescending ? -1 : 1
  const keyOf = ({ total, change, share }: AppFigures) =>
    Number((column === 'total' ? total : column === 'share' ? share : change?.absolute) ?? Number.NEGATIVE_INFINITY)
  return [...apps].sort((a, b) => {
    const order = column === 'name' ? 0 : keyOf(a) - keyOf(b) || 0
    return order !== 0 ? order * sign : a.app.name.localeCompare(b.app.name, 'en') * (column === 'name' ? sign : 1)
  })
}
