import { type CsvCellKind, csvRecord } from '@meterbook/core/csv'
import { marksWithin } from '../../features/chart/chart-model.ts'
import type { ExploreFigures, ExploreRow, ExploreView, ExploreWindow } from '../../features/explore/explore-view.ts'

interface Line {
  /** as filters name them, and as people do */
  keys: string[]
  names: string[]
  window: ExploreWindow
  figures: ExploreFigures
  value: string | null
}

type Column = readonly [name: string, kind: CsvCellKind, cellOf: (line: Line) => string | null]

/**
 * A view as CSV: one record for each innermost row and bucket that has begun, with the bucket's state; what is not counted is an empty cell, and zero is
 * zero. Units stand in the column names; a text that a spreadsheet could take for a formula is guarded.
 */
export function exploreCsv(view: ExploreView): string {
  const columns = columnsOf(view)
  const kinds = columns.map(([, kind]) => kind)
  const records = [
    csvRecord(
      columns.map(([name]) => name),
      kinds.map(() => 'text' as const),
    ),
  ]
  for (const { keys, names, figures } of leavesOf(view)) {
    for (const [index, window] of view.windows.entries()) {
      // a bucket that has not begun says nothing
      if (window.state === 'ahead') continue
      const line: Line = { keys, names, window, figures, value: figures.values[index] ?? null }
      records.push(
        csvRecord(
          columns.map(([, , cellOf]) => cellOf(line)),
          kinds,
        ),
      )
    }
  }
  return records.join('')
}

function columnsOf(view: ExploreView): Column[] {
  const { by, kind, unit, period, marks } = view
  const marked = (window: ExploreWindow) =>
    marksWithin(marks, window)
      .map(({ text }) => text)
      .join('; ')
  return [
    ...by.flatMap((dimension, level): Column[] => [
      [dimension, 'text', ({ keys }) => keys[level] ?? ''],
      [`${dimension}_name`, 'text', ({ names }) => names[level] ?? ''],
    ]),
    ['window_start', 'text', ({ window }) => window.start],
    ['window_end', 'text', ({ window }) => window.end],
    ['time_zone', 'text', () => period.zone],
    [`${kind === 'cost' ? 'net' : 'quantity'}_${unit.replaceAll(/\s+/g, '_')}`, 'number', ({ value }) => value],
    ['x_bucket_state', 'text', ({ window }) => window.state],
    ...(kind === 'cost'
      ? ([
          // of the bucket as a whole: a row of it has none of its own
          ['x_amended_from', 'number', ({ window }) => (by.length === 0 ? window.before : null)],
          ['x_marks', 'text', ({ window }) => marked(window) || null],
        ] satisfies Column[])
      : []),
  ]
}

interface Leaf {
  keys: string[]
  names: string[]
  figures: ExploreFigures
}

function leavesOf(view: ExploreView): Leaf[] {
  if (view.by.length === 0) return [{ keys: [], names: [], figures: view.total }]
  const leaf = (row: ExploreRow, before: string[]): Leaf => ({
    keys: row.keys,
    names: [...before, row.name],
    figures: row,
  })
  return view.rows.flatMap((row) =>
    view.by.length === 1 ? [leaf(row, [])] : row.children.map((child) => leaf(child, [row.name])),
  )
}
