'use client'
import { DataTable } from '../../components/ui/data-table.tsx'
import { formatInstants } from '../../format.ts'

type Line = { what: string; before: string | null; after: string | null }

/** What an act would change, line by line, as the server worded it. */
export function EffectLines({ lines }: { lines: readonly Line[] | undefined }) {
  if (lines === undefined || lines.length === 0) return null
  const text = (value: string | null) =>
    value === null ? <span className="mut">nothing</span> : formatInstants(value, 'UTC')
  return (
    <DataTable
      name="What it would change"
      rows={lines.map((line, index) => ({ ...line, index }))}
      rowKey={({ index }) => String(index)}
      columns={[
        { key: 'what', head: 'What', cell: ({ what }) => formatInstants(what, 'UTC') },
        { key: 'before', head: 'Now', cell: ({ before }) => text(before) },
        { key: 'after', head: 'Then', cell: ({ after }) => text(after) },
      ]}
    />
  )
}
