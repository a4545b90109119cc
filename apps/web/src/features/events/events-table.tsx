'use client'
import { DataTable, type DataTableProps } from '../../components/ui/data-table.tsx'
import { formatClock, formatDay } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { PlaceLink } from '../statement/place-link.tsx'
import { type EventRow, type EventsAddress, eventsHref, placeText } from './events-address.ts'
import { VerdictMark } from './verdict-mark.tsx'

/** Where an event stands in the list. */
export const eventAnchor = (place: string) => `event-${place}`

/** Events as rows; each opens its receipt. */
export function EventsTable(props: {
  rows: EventRow[]
  address: EventsAddress
  paging?: DataTableProps<EventRow>['paging']
}) {
  const { rows, address, paging } = props
  const { space, apps } = useFrame()
  return (
    <DataTable
      name="Events"
      rows={rows}
      rowKey={placeText}
      rowClass={(row) => (placeText(row) === address.event ? 'at' : undefined)}
      {...(paging && { paging })}
      columns={[
        {
          key: 'id',
          head: 'Event',
          cell: (row) => (
            <PlaceLink
              id={eventAnchor(placeText(row))}
              className="link clip mono"
              href={eventsHref(space.slug, { ...address, event: placeText(row) })}
              isCurrent={placeText(row) === address.event}
            >
              {row.id}
            </PlaceLink>
          ),
        },
        {
          key: 'time',
          head: 'Happened, UTC',
          isText: true,
          cell: ({ time }) => (
            <span className="num">
              {formatDay(time, 'UTC')} {formatClock(time, 'UTC')}
            </span>
          ),
        },
        { key: 'verdict', head: 'Verdict', isText: true, cell: (row) => <VerdictMark event={row} /> },
        {
          key: 'app',
          head: 'App',
          isText: true,
          cell: ({ app }) => {
            const known = apps.find(({ slug }) => slug === app)
            return (
              <>
                <i className={`dot b${known?.series ?? 8}`} /> {known?.name ?? app}
              </>
            )
          },
        },
        { key: 'type', head: 'Type', isText: true, cell: ({ type }) => <span className="clip mono">{type}</span> },
        {
          key: 'subject',
          head: 'Subject',
          isText: true,
          cell: ({ subject }) => <span className="clip short">{subject}</span>,
        },
        {
          key: 'environment',
          head: 'Environment',
          isText: true,
          cell: ({ environment, isTest }) => (
            <>
              {environment}
              {isTest ? <span className="tag">test</span> : null}
            </>
          ),
        },
      ]}
    />
  )
}
