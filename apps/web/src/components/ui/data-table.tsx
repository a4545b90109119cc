'use client'
import { compareDecimals } from '@meterbook/core/kernel'
import { Fragment, type KeyboardEvent, type ReactNode, useState } from 'react'
import { Button } from './button.tsx'

export type Column<Row> = {
  key: string
  head: ReactNode
  cell: (row: Row) => ReactNode
  /** Words stand on the left, figures on the right. */
  isText?: boolean
  /** What to sort by; without it the column does not sort. A decimal is compared exactly with `isDecimal`. */
  sortBy?: (row: Row) => string | number | bigint | null
  isDecimal?: boolean
  /** Stands in the totals row. */
  total?: ReactNode
}

export type DataTableProps<Row> = {
  /** What the table is of, for screen readers. */
  name: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** Instead of rows, where there are none. */
  empty?: ReactNode
  /** The first column of the totals row; without it there is none. */
  totalName?: ReactNode
  sort?: { key: string; direction: 'ascending' | 'descending' }
  paging?: { hasMore: boolean; isLoading: boolean; onMore: () => void }
  /** What stands beneath a row that is open; null for the others. */
  detail?: (row: Row) => ReactNode
  /** Marks rows: `late`, `off`. */
  rowClass?: (row: Row) => string | undefined
}

/**
 * A table that scrolls inside itself under a head that stays. The first column names its row. Up and Down (Home, End) walk from row to row through what
 * can be pressed in them; a head that sorts is a button.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { name, columns, rows, rowKey, empty, totalName, paging, rowClass, detail } = props
  const [sort, setSort] = useState(props.sort ?? null)
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>
  const sorted = sortedBy(rows, { sort, columns })
  const turn = (key: string) =>
    setSort((now) => ({
      key,
      direction: now?.key === key && now.direction === 'descending' ? 'ascending' : 'descending',
    }))
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section className="tbl tall ktable" aria-label={name} tabIndex={0} onKeyDown={walk}>
        <table>
          <caption className="vh">{name}</caption>
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th
                  key={column.key}
                  scope="col"
                  className={isLeft(column, at) ? 'l' : undefined}
                  aria-sort={sort?.key === column.key ? sort.direction : undefined}
                >
                  {column.sortBy ? (
                    <button type="button" onClick={() => turn(column.key)}>
                      {column.head}
                      <span aria-hidden="true">{arrow(sort, column.key)}</span>
                    </button>
                  ) : (
                    column.head
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row) => {
              const beneath = detail?.(row) ?? null
              return (
                <Fragment key={rowKey(row)}>
                  <tr className={rowClass?.(row)}>
                    {columns.map((column, at) =>
                      at === 0 ? (
                        <th key={column.key} scope="row" className="l">
                          {column.cell(row)}
                        </th>
                      ) : (
                        <td key={column.key} className={column.isText ? 'l' : undefined}>
                          {column.cell(row)}
                        </td>
                      ),
                    )}
                  </tr>
                  {beneath === null ? null : (
                    <tr className="beneath">
                      <td className="l" colSpan={columns.length}>
                        <div>{beneath}</div>
                      </td>
                    </tr>
                  )}
                </Fragment>
              )
            })}
          </tbody>
          {totalName === undefined ? null : (
            <tfoot>
              <tr>
                {columns.map((column, at) =>
                  at === 0 ? (
                    <th key={column.key} scope="row" className="l">
                      {totalName}
                    </th>
                  ) : (
                    <td key={column.key} className={column.isText ? 'l' : undefined}>
                      {column.total ?? null}
                    </td>
                  ),
                )}
              </tr>
            </tfoot>
          )}
        </table>
      </section>
      {paging?.hasMore ? (
        <p className="kmore">
          <Button isPending={paging.isLoading} onClick={paging.onMore}>
            Show more
          </Button>
        </p>
      ) : null}
    </>
  )
}

function isLeft<Row>(column: Column<Row>, at: number): boolean {
  return at === 0 || column.isText === true
}

type Sort = NonNullable<DataTableProps<unknown>['sort']> | null

function arrow(sort: Sort, key: string): string {
  if (sort?.key !== key) return ''
  return sort.direction === 'ascending' ? ' ↑' : ' ↓'
}

/** Rows without a value come last, whichever way it goes. */
function sortedBy<Row>(
  rows: readonly Row[],
  { sort, columns }: { sort: Sort; columns: readonly Column<Row>[] },
): readonly Row[] {
  const column = columns.find(({ key }) => key === sort?.key)
  const { sortBy } = column ?? {}
  if (sort === null || sortBy === undefined) return rows
  const sign = sort.direction === 'ascending' ? 1 : -1
  return rows.toSorted((left, right) => {
    const a = sortBy(left)
    const b = sortBy(right)
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    if (column?.isDecimal === true) return sign * compareDecimals(String(a), String(b))
    if (typeof a === 'string' && typeof b === 'string') return sign * a.localeCompare(b, 'en')
    return a < b ? -sign : a > b ? sign : 0
  })
}

const STEPS = new Set(['ArrowDown', 'ArrowUp', 'Home', 'End'])

function walk(event: KeyboardEvent<HTMLElement>): void {
  const at = event.target as HTMLElement
  if (!STEPS.has(event.key) || at.closest('input, select, textarea') !== null) return
  const stops = [...event.currentTarget.querySelectorAll('tbody tr')].flatMap((row) => {
    const stop = row.querySelector<HTMLElement>('a, button, input, select')
    return stop === null ? [] : [stop]
  })
  const here = stops.findIndex((stop) => stop.closest('tr') === at.closest('tr'))
  if (stops.length === 0 || (here < 0 && at !== event.currentTarget)) return
  const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: stops.length - 1 }[event.key] ?? here
  stops[Math.min(Math.max(next, 0), stops.length - 1)]?.focus()
  event.preventDefault()
}
