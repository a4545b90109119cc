import type { Column } from '../../components/ui/data-table.tsx'
import { formatMoment } from '../../format.ts'

/** From when to when something holds; `to` null: until further notice. */
export function validityColumns<Row extends { from: string; to: string | null }>(): Column<Row>[] {
  return [
    { key: 'from', head: 'From (UTC)', isText: true, cell: ({ from }) => formatMoment(from, 'UTC') },
    {
      key: 'to',
      head: 'To (UTC)',
      isText: true,
      cell: ({ to }) => (to === null ? <span className="mut">further notice</span> : formatMoment(to, 'UTC')),
    },
  ]
}
